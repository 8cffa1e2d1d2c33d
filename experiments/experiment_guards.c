/* SPDX-License-Identifier: Apache-2.0 */
/* "abort_when" and "limits": what ends a run early, and what it must never do. */
#include <string.h>

#include "experiments/experiment_parts.h"
#include "experiments/number.h"
#include "experiments/tolerance_node.h"
#include "experiments/units.h"
#include "faults/protection.h"

/* What a guard has besides its one metric. */
struct guard_keys {
	const struct experiment *experiment;
	struct guard *guard;
};

static void read_probe_name(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct guard_keys *keys = ret_value;
	const struct experiment *experiment = keys->experiment;
	struct nearest nearest;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, "the name of a probe", &scalar))
		return;
	nearest = decode_nearest(decode, scalar.text);
	for (size_t i = 0; i < experiment->probe_count; i++) {
		if (experiment->probes[i].name == NULL)
			continue;
		if (strcmp(experiment->probes[i].name, scalar.text) == 0) {
			keys->guard->probe = i;
			return;
		}
		nearest_offer(&nearest, experiment->probes[i].name);
	}
	if (nearest.best != NULL && !scalar.hidden)
		err_list_add(decode->errors, node->loc, "%s: no probe '%s' (did you mean '%s'?)",
			name, scalar_shown(&scalar).text, quote(nearest.best).text);
	else
		err_list_add(decode->errors, node->loc, "%s: steady_state has no probe '%s'", name,
			scalar_shown(&scalar).text);
}

static void read_over(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct guard_keys *keys = ret_value;

	decode_duration(decode, node, name, &keys->guard->over_ns);
	if (keys->guard->over_ns < GUARD_OVER_MIN_NS || keys->guard->over_ns > GUARD_OVER_MAX_NS)
		err_list_add(decode->errors, node->loc, "%s: expected between 100ms and 10m", name);
}

static const struct member guard_members[] = {
	{"probe", read_probe_name, 0, true},
	{"over", read_over, 0, true},
	{NULL, NULL, 0, false},
};

static void read_guard(struct decode *decode, const struct node *node, const char *name,
	const struct experiment *experiment, struct guard *guard)
{
	struct guard_keys keys = {.experiment = experiment, .guard = guard};
	size_t conditions = 0;

	if (!decode_is(decode, node, NODE_MAPPING, name))
		return;
	guard->over_ns = GUARD_OVER_MAX_NS;
	for (size_t i = 0; i < node->count; i++) {
		const struct node_entry *entry = &node->entries[i];
		enum metric metric;

		if (decode_knows(guard_members, entry->key->text))
			continue;
		if (!metric_find(entry->key->text, &metric)) {
			metric_reject(decode, entry->key);
			continue;
		}
		tolerance_read(decode, entry->value, metric, &guard->condition);
		if (++conditions == 2)
			err_list_add(decode->errors, entry->key->loc,
				"a guard has one condition; write another guard for this one");
	}
	if (conditions == 0)
		err_list_add(decode->errors, node->loc,
			"the condition is missing, such as success: \"< 20%%\"");
	decode_members(decode, node, guard_members, &keys);
}

void experiment_read_guards(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct experiment *experiment = ret_value;

	if (!decode_is(decode, node, NODE_LIST, name))
		return;
	experiment->guards = arena_alloc(decode->arena, node->count * sizeof(*experiment->guards));
	experiment->guard_count = node->count;
	for (size_t i = 0; i < node->count; i++)
		read_guard(decode, node_item(node, i), name, experiment, &experiment->guards[i]);
}

/* "50%" as everywhere; a bare number can mean nothing else here. */
static void read_max_percent(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	double *ret_percent = ret_value;
	struct scalar scalar;
	uint32_t number;
	struct err err;

	if (!decode_scalar(decode, node, name, PERCENT_EXPECTED, &scalar))
		return;
	if (number_whole(scalar.text, &number) && number <= 100)
		*ret_percent = number;
	else if (percent_parse(scalar.text, ret_percent, &err) < 0)
		decode_reject(decode, node, name, &scalar, PERCENT_EXPECTED, &err);
}

/* One pattern or several; the custodian keeps them in places of that size. */
static void read_protect(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct limits *limits = ret_value;

	if (node->type == NODE_LIST && !decode_is(decode, node, NODE_LIST, name))
		return;
	limits->protect_count = node_count(node);
	limits->protect =
		arena_alloc(decode->arena, limits->protect_count * sizeof(*limits->protect));
	for (size_t i = 0; i < limits->protect_count; i++)
		rule_pattern_read(decode, node_item(node, i), name, &limits->protect[i]);
	if (limits->protect_count > PROTECTION_RULES_MAX)
		err_list_add(decode->errors, node->loc, "%s: more than %d patterns", name,
			PROTECTION_RULES_MAX);
}

void rule_pattern_read(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_pattern = ret_value;

	*ret_pattern = "";
	decode_pattern(decode, node, name, ret_pattern);
	if (strlen(*ret_pattern) >= PROTECTION_PATTERN_MAX)
		err_list_add(decode->errors, node->loc, "%s: the pattern is longer than %d bytes",
			name, PROTECTION_PATTERN_MAX - 1);
}

static const struct member limit_members[] = {
	{"max_instances", decode_count, offsetof(struct limits, max_instances), false},
	{"max_percent", read_max_percent, offsetof(struct limits, max_percent), false},
	{"max_duration", decode_duration, offsetof(struct limits, max_duration_ns), false},
	{"protect", read_protect, 0, false},
	{NULL, NULL, 0, false},
};

/* Zero would mean "no limit" further on, which is the opposite of what was written. */
static bool is_zero(const struct limits *limits, const char *name)
{
	if (strcmp(name, "max_instances") == 0)
		return limits->max_instances == 0;
	if (strcmp(name, "max_percent") == 0)
		return limits->max_percent <= 0.0;
	if (strcmp(name, "max_duration") == 0)
		return limits->max_duration_ns == 0;
	return false;
}

void limits_read(struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct limits *limits = ret_value;
	size_t errors_before = decode->errors->total;

	if (!decode_mapping(decode, node, name, limit_members, limits) ||
		decode->errors->total != errors_before)
		return;
	for (size_t i = 0; i < node->count; i++) {
		const char *key = node->entries[i].key->text;

		if (is_zero(limits, key))
			err_list_add(decode->errors, node->entries[i].value->loc,
				"%s: a limit of nothing allows no fault at all", key);
	}
}
