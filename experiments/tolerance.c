/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/tolerance.h"

#include <math.h>
#include <string.h>

#include "experiments/number.h"
#include "experiments/quote.h"
#include "reports/mem.h"

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, " ");
}

static int factor_parse(struct tolerance *tolerance, char sign, const char *text, struct err *err)
{
	const char *cursor = text;
	double factor = 0;

	if (!number_take(&cursor, &factor) || *cursor != '\0' || factor <= 0 || !isfinite(factor))
		return err_set(err, ERR_USAGE, 0,
			"expected a factor above 0 such as 2 or 1.1, not '%s'", quote(text).text);
	tolerance->factor = sign == '*' ? factor : 1 / factor;
	return 0;
}

/* "", "* 2", "/ 2", "+ 50ms", "- 1%": what follows the reference. */
static int relation_parse(struct tolerance *tolerance, const char *text, struct err *err)
{
	const char sign = *text;
	enum metric metric = tolerance->metric;
	double offset = 0;

	tolerance->factor = 1;
	if (sign == '\0')
		return 0;
	if (strchr("*/+-", sign) == NULL)
		return err_set(err, ERR_USAGE, 0,
			"expected *, /, + or - after what is compared with, not '%s'",
			quote(text).text);
	text = skip_spaces(text + 1);
	if (sign == '*' || sign == '/')
		return factor_parse(tolerance, sign, text, err);
	if (metric_value_parse(&metric, text, &offset, err) < 0)
		return -1;
	tolerance->metric = metric;
	tolerance->offset = sign == '+' ? offset : -offset;
	return 0;
}

static enum reference reference_take(const char **cursor)
{
	static const struct {
		const char *name;
		enum reference reference;
	} references[] = {
		{"baseline", REFERENCE_BASELINE},
		{"stored", REFERENCE_STORED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(references); i++) {
		size_t length = strlen(references[i].name);

		if (strncmp(*cursor, references[i].name, length) != 0)
			continue;
		*cursor = skip_spaces(*cursor + length);
		return references[i].reference;
	}
	return REFERENCE_NONE;
}

int tolerance_parse(
	enum metric metric, const char *text, struct tolerance *ret_tolerance, struct err *err)
{
	struct tolerance tolerance = {.metric = metric, .text = text};
	const char *cursor = text;
	int result;

	if (!comparison_take(&cursor, &tolerance.comparison))
		return err_set(err, ERR_USAGE, 0, "expected %s, not '%s'", metric_expected(metric),
			quote(text).text);
	cursor = skip_spaces(cursor);
	tolerance.reference = reference_take(&cursor);
	if (tolerance.reference != REFERENCE_NONE)
		result = relation_parse(&tolerance, cursor, err);
	else
		result = metric_value_parse(&tolerance.metric, cursor, &tolerance.limit, err);
	if (result == 0)
		*ret_tolerance = tolerance;
	return result;
}

void tolerance_resolve(struct tolerance *tolerance, double reference)
{
	tolerance->limit = reference * tolerance->factor + tolerance->offset;
}

bool tolerance_holds(const struct tolerance *tolerance, double observed)
{
	if (isnan(tolerance->limit) || isnan(observed))
		return false;
	return comparison_holds(tolerance->comparison, observed, tolerance->limit) !=
	       tolerance->negated;
}

static bool is_upward(const struct tolerance *tolerance)
{
	return tolerance->comparison == COMPARE_AT_LEAST || tolerance->comparison == COMPARE_MORE;
}

bool tolerance_wants_high(const struct tolerance *tolerance)
{
	return tolerance->comparison != COMPARE_EQUAL && is_upward(tolerance) != tolerance->negated;
}

bool tolerance_wants_low(const struct tolerance *tolerance)
{
	return tolerance->comparison != COMPARE_EQUAL && is_upward(tolerance) == tolerance->negated;
}
