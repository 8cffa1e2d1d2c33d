/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/metric.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/quote.h"
#include "experiments/units.h"
#include "reports/mem.h"

#define HUNDREDTHS_MIN 100  /* p1 */
#define HUNDREDTHS_MAX 9999 /* p99.99 */

static const char *const plain[] = {
	[METRIC_SUCCESS] = "success",
	[METRIC_MIN] = "min",
	[METRIC_MAX] = "max",
	[METRIC_MEAN] = "mean",
	[METRIC_THROUGHPUT] = "throughput",
	[METRIC_DUPLICATES] = "duplicates",
	[METRIC_VALUE_MIN] = "value.min",
	[METRIC_VALUE_MAX] = "value.max",
	[METRIC_VALUE_MEAN] = "value.mean",
	[METRIC_VALUE_LAST] = "value.last",
};

bool metric_is_percentile(enum metric metric)
{
	return metric >= METRIC_PERCENTILE;
}

double metric_percent(enum metric metric)
{
	return (double)(metric - METRIC_PERCENTILE) / 100;
}

bool metric_is_error(enum metric metric)
{
	return metric >= METRIC_ERRORS && metric < METRIC_PERCENTILE;
}

bool metric_is_share(enum metric metric)
{
	return metric == METRIC_SUCCESS || (metric >= METRIC_ERRORS && metric < METRIC_ERROR_COUNT);
}

enum outcome metric_outcome(enum metric metric)
{
	return (enum outcome)(
		metric - (metric >= METRIC_ERROR_COUNT ? METRIC_ERROR_COUNT : METRIC_ERRORS));
}

/* Of an error: the metric that counts it. Others are returned as they are. */
static enum metric metric_counting(enum metric metric)
{
	if (!metric_is_error(metric))
		return metric;
	return (enum metric)(METRIC_ERROR_COUNT + (int)metric_outcome(metric));
}

struct metric_text metric_name(enum metric metric)
{
	struct metric_text name;

	if (metric_is_percentile(metric))
		(void)snprintf(name.text, sizeof(name.text), "p%g", metric_percent(metric));
	else if (!metric_is_error(metric))
		(void)snprintf(name.text, sizeof(name.text), "%s", plain[metric]);
	else if (metric_outcome(metric) == OUTCOME_OK)
		(void)snprintf(name.text, sizeof(name.text), "errors");
	else
		(void)snprintf(name.text, sizeof(name.text), "errors.%s",
			outcome_name(metric_outcome(metric)));
	return name;
}

static bool is_duration(enum metric metric)
{
	return metric_is_percentile(metric) || metric == METRIC_MIN || metric == METRIC_MAX ||
	       metric == METRIC_MEAN;
}

const char *metric_unit(enum metric metric)
{
	if (metric_is_share(metric))
		return "%";
	if (is_duration(metric))
		return "ms";
	return metric == METRIC_THROUGHPUT ? "/s" : "";
}

/* "p95", "p99.9": at most two decimals. */
static bool percentile_find(const char *name, enum metric *ret_metric)
{
	size_t whole, decimals;
	const char *rest;
	long hundredths;

	if (name[0] != 'p')
		return false;
	whole = strspn(name + 1, "0123456789");
	rest = name + 1 + whole;
	decimals = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;
	if (whole < 1 || whole > 2 || decimals > 2 || (*rest == '.' && decimals == 0) ||
		rest[decimals == 0 ? 0 : decimals + 1] != '\0')
		return false;
	hundredths = lround(strtod(name + 1, NULL) * 100);
	if (hundredths < HUNDREDTHS_MIN || hundredths > HUNDREDTHS_MAX)
		return false;
	*ret_metric = (enum metric)(METRIC_PERCENTILE + hundredths);
	return true;
}

bool metric_find(const char *name, enum metric *ret_metric)
{
	static const char errors[] = "errors";
	enum outcome outcome = OUTCOME_OK;

	if (strcmp(name, "p999") == 0)
		name = "p99.9";
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		if (strcmp(plain[i], name) == 0) {
			*ret_metric = (enum metric)i;
			return true;
		}
	}
	if (strncmp(name, errors, strlen(errors)) == 0) {
		name += strlen(errors);
		if (*name != '\0' && (*name != '.' || !outcome_find(name + 1, &outcome)))
			return false;
		*ret_metric = (enum metric)(METRIC_ERRORS + (int)outcome);
		return true;
	}
	return percentile_find(name, ret_metric);
}

void metric_offer(struct nearest *nearest)
{
	static const char *const others[] = {"errors", "p50", "p75", "p90", "p95", "p99", "p99.9"};

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		nearest_offer(nearest, plain[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		nearest_offer(nearest, others[i]);
}

const char *metric_expected(enum metric metric)
{
	if (metric_is_error(metric))
		return "a comparison such as \"<= 1%\" or \"<= 3\"";
	if (metric_is_share(metric))
		return "a comparison such as \">= 99%\"";
	if (is_duration(metric))
		return "a comparison such as \"<= 250ms\"";
	if (metric == METRIC_THROUGHPUT)
		return "a comparison such as \">= 100/s\"";
	return "a comparison such as \"<= 3\"";
}

static int number_parse(const char *text, double *ret_value, struct err *err)
{
	char *end;
	double value = strtod(text, &end);

	/* strtod also reads what nobody writes: " 1", "0x1p3", "nan". */
	if (end == text || *end != '\0' || !isfinite(value) || strpbrk(text, " xXnN") != NULL)
		return err_set(err, ERR_USAGE, 0, "expected a number such as 3 or 0.5, not '%s'",
			quote(text).text);
	*ret_value = value;
	return 0;
}

static int count_value_parse(const char *text, double *ret_value, struct err *err)
{
	uint32_t count;

	if (count_parse(text, &count, err) < 0)
		return -1;
	*ret_value = count;
	return 0;
}

static int duration_value_parse(const char *text, double *ret_value, struct err *err)
{
	int64_t ns;

	if (duration_parse(text, &ns, err) < 0)
		return -1;
	*ret_value = (double)ns / 1e6;
	return 0;
}

int metric_value_parse(enum metric *metric, const char *text, double *ret_value, struct err *err)
{
	if (metric_is_error(*metric) && strspn(text, "0123456789") == strlen(text) && *text != '\0')
		*metric = metric_counting(*metric);
	if (metric_is_share(*metric))
		return percent_parse(text, ret_value, err);
	if (is_duration(*metric))
		return duration_value_parse(text, ret_value, err);
	if (*metric == METRIC_THROUGHPUT)
		return frequency_parse(text, ret_value, err);
	if (*metric == METRIC_DUPLICATES || metric_is_error(*metric))
		return count_value_parse(text, ret_value, err);
	return number_parse(text, ret_value, err);
}
