/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/number_range.h"

#include <math.h>
#include <string.h>

#include "experiments/number.h"
#include "experiments/quote.h"
#include "experiments/units.h"

#define NS_PER_S 1e9

/* How limits are written. */
struct notation {
	const char *expected;
	/* -1: text is no such limit, with the reason or, for want of a better one, without. */
	int (*parse)(const char *text, double *ret_limit, struct err *err);
};

static int parse_number(const char *text, double *ret_limit, struct err *err)
{
	const bool negative = *text == '-';

	(void)err;
	text += negative ? 1 : 0;
	if (!number_take(&text, ret_limit) || *text != '\0')
		return -1;
	if (negative)
		*ret_limit = -*ret_limit;
	return 0;
}

static int parse_size(const char *text, double *ret_limit, struct err *err)
{
	uint64_t bytes;

	if (size_parse(text, &bytes, err) < 0)
		return -1;
	*ret_limit = (double)bytes;
	return 0;
}

static int parse_duration(const char *text, double *ret_limit, struct err *err)
{
	int64_t ns;

	if (duration_parse(text, &ns, err) < 0)
		return -1;
	*ret_limit = (double)ns / NS_PER_S;
	return 0;
}

static const struct notation numbers = {"a condition such as \">= 3\"", parse_number};
static const struct notation sizes = {"a condition such as \">= 1KiB\"", parse_size};
static const struct notation durations = {"a condition such as \"<= 1m\"", parse_duration};

static int add(const struct notation *notation, const char *text, struct number_range *range,
	struct err *err)
{
	const size_t count = range->count;
	const char *limit = text;
	struct err why = {0};

	if (comparison_take(&limit, &range->items[count].comparison) && *limit != '\0' &&
		strchr("<>=", *limit) == NULL) {
		limit += strspn(limit, " ");
		if (*limit != '\0' &&
			notation->parse(limit, &range->items[count].limit, &why) == 0) {
			range->count++;
			return 0;
		}
	}
	if (why.code == ERR_NONE)
		return err_set(err, ERR_USAGE, 0, "expected %s, not '%s'", notation->expected,
			quote(text).text);
	*err = why;
	return -1;
}

int number_range_add(const char *text, struct number_range *range, struct err *err)
{
	return add(&numbers, text, range, err);
}

bool number_range_holds(const struct number_range *range, double value)
{
	if (isnan(value))
		return false;
	for (size_t i = 0; i < range->count; i++)
		if (!comparison_holds(range->items[i].comparison, value, range->items[i].limit))
			return false;
	return true;
}

static void read_range(struct decode *decode, const struct node *node, const char *name,
	const struct notation *notation, struct number_range *range)
{
	if (node->type == NODE_LIST && !decode_is(decode, node, NODE_LIST, name))
		return;
	if (node_count(node) > NUMBER_RANGE_MAX) {
		err_list_add(decode->errors, node->loc, "%s: expected at most %d conditions", name,
			NUMBER_RANGE_MAX);
		return;
	}
	for (size_t i = 0; i < node_count(node); i++) {
		const struct node *item = node_item(node, i);
		struct scalar scalar;
		struct err err;

		if (decode_scalar(decode, item, name, notation->expected, &scalar) &&
			add(notation, scalar.text, range, &err) < 0)
			decode_reject(decode, item, name, &scalar, notation->expected, &err);
	}
}

void number_range_read(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_range(decode, node, name, &numbers, ret_value);
}

void number_range_read_size(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_range(decode, node, name, &sizes, ret_value);
}

void number_range_read_duration(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_range(decode, node, name, &durations, ret_value);
}
