/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/tolerance.h"

#include <string.h>

#include "experiments/quote.h"
#include "experiments/units.h"
#include "reports/mem.h"

static const char *const names[METRIC_COUNT] = {
	[METRIC_SUCCESS] = "success",
	[METRIC_MIN] = "min",
	[METRIC_P50] = "p50",
	[METRIC_P90] = "p90",
	[METRIC_P95] = "p95",
	[METRIC_P99] = "p99",
	[METRIC_P999] = "p99.9",
	[METRIC_MAX] = "max",
	[METRIC_MEAN] = "mean",
};

/* Longer signs first: "<" begins "<=". */
static const struct {
	const char *sign;
	enum comparison comparison;
} comparisons[] = {
	{"<=", COMPARE_AT_MOST},
	{">=", COMPARE_AT_LEAST},
	{"==", COMPARE_EQUAL},
	{"<", COMPARE_LESS},
	{">", COMPARE_MORE},
	{"=", COMPARE_EQUAL},
};

const char *metric_name(enum metric metric)
{
	return names[metric];
}

const char *metric_unit(enum metric metric)
{
	return metric == METRIC_SUCCESS ? "%" : "ms";
}

bool metric_find(const char *name, enum metric *ret_metric)
{
	if (strcmp(name, "p999") == 0)
		name = names[METRIC_P999];
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		if (strcmp(names[i], name) == 0) {
			*ret_metric = (enum metric)i;
			return true;
		}
	}
	return false;
}

const char *metric_expected(enum metric metric)
{
	return metric == METRIC_SUCCESS ? "a comparison such as \">= 99%\""
					: "a comparison such as \"<= 250ms\"";
}

static int limit_parse(enum metric metric, const char *text, double *ret_limit, struct err *err)
{
	int64_t ns = 0;

	if (metric == METRIC_SUCCESS)
		return percent_parse(text, ret_limit, err);
	if (duration_parse(text, &ns, err) < 0)
		return -1;
	*ret_limit = (double)ns / 1e6;
	return 0;
}

int tolerance_parse(
	enum metric metric, const char *text, struct tolerance *ret_tolerance, struct err *err)
{
	struct tolerance tolerance = {.metric = metric, .text = text};

	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++) {
		const char *sign = comparisons[i].sign;

		if (strncmp(text, sign, strlen(sign)) != 0)
			continue;
		tolerance.comparison = comparisons[i].comparison;
		text += strlen(sign);
		text += strspn(text, " ");
		if (limit_parse(metric, text, &tolerance.limit, err) < 0)
			return -1;
		*ret_tolerance = tolerance;
		return 0;
	}
	return err_set(err, ERR_USAGE, 0, "expected %s, not '%s'", metric_expected(metric),
		quote(text).text);
}

bool tolerance_holds(const struct tolerance *tolerance, double observed)
{
	switch (tolerance->comparison) {
	case COMPARE_LESS:
		return observed < tolerance->limit;
	case COMPARE_AT_MOST:
		return observed <= tolerance->limit;
	case COMPARE_AT_LEAST:
		return observed >= tolerance->limit;
	case COMPARE_MORE:
		return observed > tolerance->limit;
	case COMPARE_EQUAL:
		break;
	}
	return observed == tolerance->limit;
}
