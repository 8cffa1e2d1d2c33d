/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/condition_units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "experiments/quote.h"
#include "experiments/units.h"

#define NS_PER_S   INT64_C(1000000000)
#define NUMBER_MAX 40

struct unit {
	const char *expected;
	/* From text with a unit to a number without. */
	int (*convert)(const char *text, char *ret_number, struct err *err);
};

static int convert_size(const char *text, char *ret_number, struct err *err)
{
	uint64_t bytes;

	if (size_parse(text, &bytes, err) < 0)
		return -1;
	(void)snprintf(ret_number, NUMBER_MAX, "%" PRIu64, bytes);
	return 0;
}

static int convert_duration(const char *text, char *ret_number, struct err *err)
{
	int64_t ns;

	if (duration_parse(text, &ns, err) < 0)
		return -1;
	(void)snprintf(
		ret_number, NUMBER_MAX, "%" PRId64 ".%09" PRId64, ns / NS_PER_S, ns % NS_PER_S);
	return 0;
}

static const struct unit size_unit = {"a condition such as \">= 1KiB\"", convert_size};
static const struct unit duration_unit = {"a condition such as \"<= 1m\"", convert_duration};

static int parse(
	const struct unit *unit, const char *text, struct conditions *conditions, struct err *err)
{
	const size_t sign = strspn(text, "<>=");
	const char *rest = text + sign + strspn(text + sign, " ");
	char condition[NUMBER_MAX + 4];
	char number[NUMBER_MAX];

	if (sign == 0 || sign > 2 || *rest == '\0')
		return err_set(err, ERR_USAGE, 0, "expected %s, not '%s'", unit->expected,
			quote(text).text);
	if (unit->convert(rest, number, err) < 0)
		return -1;
	(void)snprintf(condition, sizeof(condition), "%.*s %s", (int)sign, text, number);
	if (condition_parse(condition, conditions, err) < 0)
		return err_set(err, ERR_USAGE, 0, "expected %s, not '%s'", unit->expected,
			quote(text).text);
	return 0;
}

static void read_conditions(struct decode *decode, const struct node *node, const char *name,
	const struct unit *unit, struct conditions *conditions)
{
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

		if (decode_scalar(decode, item, name, unit->expected, &scalar) &&
			parse(unit, scalar.text, conditions, &err) < 0)
			decode_reject(decode, item, name, &scalar, unit->expected, &err);
	}
}

void conditions_read_size(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_conditions(decode, node, name, &size_unit, ret_value);
}

void conditions_read_duration(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_conditions(decode, node, name, &duration_unit, ret_value);
}
