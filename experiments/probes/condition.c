/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/condition.h"

#include <math.h>
#include <string.h>

#include "experiments/number.h"
#include "experiments/quote.h"
#include "reports/mem.h"

#define EXPECTED "a condition such as \">= 3\""

/* Longer signs first: "<" begins "<=". */
static const struct {
	const char *sign;
	enum comparison comparison;
} signs[] = {
	{"<=", COMPARE_AT_MOST},
	{">=", COMPARE_AT_LEAST},
	{"==", COMPARE_EQUAL},
	{"<", COMPARE_LESS},
	{">", COMPARE_MORE},
	{"=", COMPARE_EQUAL},
};

static bool limit_parse(const char *text, double *ret_limit)
{
	const bool negative = *text == '-';

	text += negative ? 1 : 0;
	if (!number_take(&text, ret_limit) || *text != '\0')
		return false;
	if (negative)
		*ret_limit = -*ret_limit;
	return true;
}

int condition_parse(const char *text, struct conditions *conditions, struct err *err)
{
	const size_t count = conditions->count;

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		const char *number = text + strlen(signs[i].sign);

		if (strncmp(text, signs[i].sign, strlen(signs[i].sign)) != 0)
			continue;
		if (!limit_parse(number + strspn(number, " "), &conditions->items[count].limit))
			break;
		conditions->items[count].comparison = signs[i].comparison;
		conditions->count++;
		return 0;
	}
	return err_set(err, ERR_USAGE, 0, "expected " EXPECTED ", not '%s'", quote(text).text);
}

bool conditions_hold(const struct conditions *conditions, double value)
{
	if (isnan(value))
		return false;
	for (size_t i = 0; i < conditions->count; i++) {
		const struct tolerance tolerance = {
			.comparison = conditions->items[i].comparison,
			.limit = conditions->items[i].limit,
		};

		if (!tolerance_holds(&tolerance, value))
			return false;
	}
	return true;
}

void conditions_read(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct conditions *conditions = ret_value;

	if (node->type == NODE_LIST && !decode_is(decode, node, NODE_LIST, name))
		return;
	if (node_count(node) > CONDITIONS_MAX) {
		err_list_add(decode->errors, node->loc, "%s: expected at most %d conditions", name,
			CONDITIONS_MAX);
		return;
	}
	for (size_t i = 0; i < node_count(node); i++) {
		const struct node *item = node_item(node, i);
		struct scalar scalar;
		struct err err;

		if (decode_scalar(decode, item, name, EXPECTED, &scalar) &&
			condition_parse(scalar.text, conditions, &err) < 0)
			decode_reject(decode, item, name, &scalar, EXPECTED, &err);
	}
}
