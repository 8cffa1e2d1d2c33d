/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/fault_node.h"

#include <stdint.h>
#include <string.h>

#include "experiments/aim_node.h"
#include "experiments/fault_changes.h"
#include "experiments/fault_tables.h"
#include "experiments/field_text.h"
#include "experiments/params.h"
#include "experiments/ramp_node.h"
#include "faults/network.h"
#include "faults/partition.h"

struct fault_node {
	struct decode *decode;
	struct experiment *experiment;
	const struct fault_kind *kind;
	struct params params;
	int64_t duration_ns; /* of the fault */
	bool incomplete;     /* a parameter could not be read */
};

#define BETWEEN "between"

struct shared_key {
	const char *name;
	const char *expected;
};

/* What all network kinds take, besides their aim. */
static const struct shared_key network_keys[] = {
	{"interface", "the name of a network interface such as eth0"},
	{"direction", "egress, ingress or both"},
	{"segment", "true or false"},
};

static void read_target(const struct fault_node *fault, const struct node *node, const char *name,
	size_t *ret_target)
{
	const struct experiment *experiment = fault->experiment;
	struct nearest nearest;
	struct scalar scalar;

	if (!decode_scalar(fault->decode, node, name, "the name of a target", &scalar))
		return;
	nearest = decode_nearest(fault->decode, scalar.text);
	for (size_t i = 0; i < experiment->target_count; i++) {
		if (strcmp(experiment->targets[i].name, scalar.text) == 0) {
			*ret_target = i;
			return;
		}
		nearest_offer(&nearest, experiment->targets[i].name);
	}
	if (nearest.best != NULL && !scalar.hidden)
		err_list_add(fault->decode->errors, node->loc,
			"%s: no target '%s' (did you mean '%s'?)", name, scalar_shown(&scalar).text,
			quote(nearest.best).text);
	else
		err_list_add(fault->decode->errors, node->loc, "%s: targets has no '%s'", name,
			scalar_shown(&scalar).text);
}

/* The targets that are told apart. */
static void read_between(const struct fault_node *fault, const struct node *node, struct fault *to)
{
	struct decode *decode = fault->decode;
	size_t *targets;

	if (!decode_is(decode, node, NODE_LIST, BETWEEN))
		return;
	if (node->count < 2)
		err_list_add(decode->errors, node->loc,
			BETWEEN ": expected at least two targets, such as [orders, db]");
	targets = arena_alloc(decode->arena, node->count * sizeof(*targets));
	for (size_t i = 0; i < node->count; i++) {
		targets[i] = SIZE_MAX;
		read_target(fault, node_item(node, i), BETWEEN, &targets[i]);
		for (size_t j = 0; j < i && targets[i] != SIZE_MAX; j++)
			if (targets[i] == targets[j])
				err_list_add(decode->errors, node_item(node, i)->loc,
					BETWEEN ": the same target twice");
	}
	to->between = targets;
	to->between_count = node->count;
	to->target = targets[0];
}

/* One value; name is dotted if the field is in a group. */
static void read_value(struct fault_node *fault, const struct field *field, const char *name,
	const struct node *node)
{
	const char *expected = field_expected(field);
	struct scalar scalar;
	struct err err;

	if (node->type == NODE_MAPPING && network_can_change(fault->kind))
		fault->incomplete |= !ramp_node_read(
			fault->decode, node, name, fault->duration_ns, &fault->params);
	else if (!decode_scalar(fault->decode, node, name, expected, &scalar))
		fault->incomplete = true;
	else if (params_set(&fault->params, name, scalar.text, &err) < 0)
		decode_reject(fault->decode, node, name, &scalar, expected, &err);
}

static void read_parameter(struct fault_node *fault, const struct field *field, const char *name,
	const struct node *node)
{
	if (field->type != FIELD_TEXTS || node->type != NODE_LIST) {
		read_value(fault, field, name, node);
		return;
	}
	if (node->count == 0) {
		err_list_add(fault->decode->errors, node->loc, "%s: the list is empty", name);
		fault->incomplete = true;
	}
	for (size_t i = 0; i < node->count; i++)
		read_value(fault, field, name, node->entries[i].value);
}

static const struct field *field_find(const struct field *fields, const char *name)
{
	for (; fields->name != NULL; fields++) {
		if (strcmp(fields->name, name) == 0)
			return fields;
	}
	return NULL;
}

static void unknown_parameter(const struct fault_node *fault, const struct node *key,
	const struct field *fields, bool top)
{
	struct nearest nearest = decode_nearest(fault->decode, key->text);
	cleanup_free char *keys = NULL;

	for (const struct field *field = fields; field->name != NULL; field++)
		nearest_offer(&nearest, field->name);
	for (size_t i = 0; top && fault->kind->network && i < ARRAY_SIZE(network_keys); i++)
		nearest_offer(&nearest, network_keys[i].name);
	for (const struct aim_key *aim = aim_keys; top && fault->kind->network && aim->name != NULL;
		aim++)
		nearest_offer(&nearest, aim->name);
	if (top)
		nearest_offer(&nearest, "target");
	if (top && fault->kind->groups)
		nearest_offer(&nearest, BETWEEN);
	keys = xasprintf("'perturb faults %s' lists the parameters", fault->kind->name);
	decode_unknown_key(fault->decode, key, &nearest, keys);
}

/* prefix is what goes before the names of its fields: "loss.". */
static void read_group(struct fault_node *fault, const struct field *group, const char *prefix,
	const struct node *node)
{
	if (!decode_is(fault->decode, node, NODE_MAPPING, group->name))
		return;
	for (size_t i = 0; i < node->count; i++) {
		const struct node_entry *entry = &node->entries[i];
		const struct field *field = field_find(group->group, entry->key->text);
		cleanup_free char *name = NULL;

		if (field == NULL) {
			unknown_parameter(fault, entry->key, group->group, false);
			continue;
		}
		if (field->type == FIELD_GROUP) {
			name = xasprintf("%s%s.", prefix, field->name);
			read_group(fault, field, name, entry->value);
			continue;
		}
		name = xasprintf("%s%s", prefix, field->name);
		read_parameter(fault, field, name, entry->value);
	}
}

static void read_top_group(
	struct fault_node *fault, const struct field *group, const struct node *node)
{
	cleanup_free char *prefix = xasprintf("%s.", group->name);

	read_group(fault, group, prefix, node);
}

static bool read_shared(struct fault_node *fault, const char *name, const struct node *node)
{
	const struct shared_key *key = NULL;
	struct scalar scalar;
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(network_keys); i++)
		if (strcmp(network_keys[i].name, name) == 0)
			key = &network_keys[i];
	if (key == NULL)
		return false;
	if (decode_scalar(fault->decode, node, name, key->expected, &scalar) &&
		params_set(&fault->params, name, scalar.text, &err) < 0)
		decode_reject(fault->decode, node, name, &scalar, key->expected, &err);
	return true;
}

static void read_entry(struct fault_node *fault, const struct node_entry *entry)
{
	const char *key = entry->key->text;
	const struct field *field = field_find(fault->kind->fields, key);

	if (strcmp(key, "target") == 0 || (fault->kind->groups && strcmp(key, BETWEEN) == 0))
		return;
	if (field != NULL && field->type == FIELD_GROUP)
		read_top_group(fault, field, entry->value);
	else if (field != NULL)
		read_parameter(fault, field, field->name, entry->value);
	else if (fault->kind->network && read_shared(fault, key, entry->value))
		return;
	else if (!fault->kind->network || !aim_has_key(key))
		unknown_parameter(fault, entry->key, fault->kind->fields, true);
}

/* The value of that name, here or in a group below; the one here goes first. */
static const struct node *find_value(const struct node *node, const char *name)
{
	const struct node *value;

	if (node->type != NODE_MAPPING)
		return NULL;
	value = node_find(node, name);
	for (size_t i = 0; i < node->count && value == NULL; i++)
		value = find_value(node->entries[i].value, name);
	return value;
}

/* Where the parameter that an error is about was written, or else the whole fault. */
static struct loc loc_of_field(const struct node *node, const char *name)
{
	const struct node *value = name == NULL ? NULL : find_value(node, name);

	return value != NULL ? value->loc : node->loc;
}

/* What the parameters mean depends on how many targets there are. */
static int check_between(
	const struct fault *fault, const struct fault_params *params, struct err *err)
{
	if (fault->between_count == 0)
		return 0;
	if (params->split != SPLIT_NONE)
		return err_field(err, "split", "is within one target: give target, not " BETWEEN);
	if (params->way == WAY_ONE && fault->between_count != 2)
		return err_field(err, "way", "can only be one between two targets");
	return 0;
}

/* For the report: "orders, db". */
static void list_between(const struct fault_node *fault, struct fault *to)
{
	struct arena *arena = fault->decode->arena;
	const char *text = "";

	for (size_t i = 0; i < to->between_count; i++)
		text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : ", ",
			fault->experiment->targets[to->between[i]].name);
	if (to->between_count == 0)
		return;
	to->parameters =
		arena_grow(arena, to->parameters, to->parameter_count, sizeof(*to->parameters));
	to->parameters[to->parameter_count++] =
		(struct report_pair){.name = BETWEEN, .value = text};
}

static void finish(struct fault_node *fault, const struct node *node, struct fault *ret_fault)
{
	struct decode *decode = fault->decode;
	struct err err = {0};

	if (params_finish(&fault->params, decode->arena, &ret_fault->parameters,
		    &ret_fault->parameter_count, &err) < 0 ||
		check_between(ret_fault, &fault->params.values, &err) < 0)
		err_list_add(decode->errors, loc_of_field(node, err.field), "%s: %s%s%s",
			fault->kind->name, err.field != NULL ? err.field : "",
			err.field != NULL ? " " : "", err.message);
	else
		fault_tables_read(
			decode, node, fault->kind, fault->experiment, &fault->params.values);
	*ret_fault->params = fault->params.values;
	fault->params.unchecked.network.table = ret_fault->params->network.table;
	fault->params.unchecked.network.slots.table = ret_fault->params->network.slots.table;
	if (err.code == ERR_NONE &&
		fault_list_changes(decode->arena, &fault->params, ret_fault, &err) < 0)
		err_list_add(decode->errors, loc_of_field(node, err.field),
			"%s, as it changes: %s%s%s", fault->kind->name,
			err.field != NULL ? err.field : "", err.field != NULL ? " " : "",
			err.message);
	list_between(fault, ret_fault);
}

void fault_read(struct decode *decode, const struct node *node, struct experiment *experiment,
	struct fault *fault)
{
	struct fault_node reading = {
		.decode = decode,
		.experiment = experiment,
		.kind = fault->kind,
		.duration_ns = fault->duration_ns,
	};
	size_t errors_before = decode->errors->total;
	const struct node *target = node;
	const struct node *between = NULL;

	params_begin(&reading.params, fault->kind);
	if (node->type != NODE_SCALAR) {
		if (!decode_is(decode, node, NODE_MAPPING, fault->kind->name))
			return;
		for (size_t i = 0; i < node->count; i++)
			read_entry(&reading, &node->entries[i]);
		target = node_find(node, "target");
		between = fault->kind->groups ? node_find(node, BETWEEN) : NULL;
	}
	if (between != NULL)
		read_between(&reading, between, fault);
	if (target != NULL && between != NULL)
		err_list_add(decode->errors, target->loc, "%s: give either target or " BETWEEN,
			fault->kind->name);
	else if (target != NULL)
		read_target(&reading, target, "target", &fault->target);
	else if (between != NULL)
		; /* it names them */
	else
		err_list_add(
			decode->errors, node->loc, "%s: 'target' is missing", fault->kind->name);
	/* with a parameter that could not be read, "is missing" would be wrong */
	if (decode->errors->total == errors_before && !reading.incomplete)
		finish(&reading, node, fault);
	else
		*fault->params = reading.params.values;
	if (fault->kind->network && node->type == NODE_MAPPING)
		aim_read(decode, node, experiment, fault);
}
