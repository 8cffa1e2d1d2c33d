/* SPDX-License-Identifier: Apache-2.0 */
/* "method": the faults. Each step names one kind, and says when and for how long. */
#include <string.h>

#include "experiments/experiment_parts.h"
#include "experiments/fault_changes.h"
#include "experiments/fault_node.h"
#include "experiments/units.h"

/* A year of latency is nothing that anybody means. */
static void read_time(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	int64_t *ret_ns = ret_value;

	decode_duration(decode, node, name, ret_ns);
	if (*ret_ns > STEP_MAX_NS)
		err_list_add(decode->errors, node->loc, "%s: expected at most 24h", name);
}

static void read_duration(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	int64_t *ret_ns = ret_value;

	*ret_ns = 1000000;
	read_time(decode, node, name, ret_ns);
	if (*ret_ns < 1000000)
		err_list_add(decode->errors, node->loc, "%s: expected at least 1ms", name);
}

static const struct member members[] = {
	{"at", read_time, offsetof(struct fault, at_ns), false},
	{"for", read_duration, offsetof(struct fault, duration_ns), false},
	{"on", read_duration, offsetof(struct fault, flap.on_ns), false},
	{"off", read_duration, offsetof(struct fault, flap.off_ns), false},
	{"repeat", repeat_read, offsetof(struct fault, repeat), false},
	{"pick", pick_read, offsetof(struct fault, pick), false},
	{"follow", decode_boolean, offsetof(struct fault, follow), false},
	{NULL, NULL, 0, false},
};

static void unknown_key(struct decode *decode, const struct node *key)
{
	struct nearest nearest = decode_nearest(decode, key->text);

	for (const struct member *member = members; member->name != NULL; member++)
		nearest_offer(&nearest, member->name);
	for (const struct fault_kind *const *kind = fault_kinds; *kind != NULL; kind++)
		nearest_offer(&nearest, (*kind)->name);
	decode_unknown_key(decode, key, &nearest,
		"the keys here are at, for, on, off, repeat, pick, follow and one kind of fault "
		"(see 'perturb faults')");
}

/* The one entry whose key is a kind of fault, or NULL. */
static const struct node_entry *find_kind(struct decode *decode, const struct node *node)
{
	const struct node_entry *found = NULL;
	size_t errors_before = decode->errors->total;

	for (size_t i = 0; i < node->count; i++) {
		const struct node_entry *entry = &node->entries[i];

		if (decode_knows(members, entry->key->text))
			continue;
		if (fault_kind_find(entry->key->text) == NULL)
			unknown_key(decode, entry->key);
		else if (found != NULL)
			err_list_add(decode->errors, entry->key->loc,
				"a step has one fault, and this one has '%s' already; begin the "
				"next step with '-'",
				found->key->text);
		else
			found = entry;
	}
	/* a mistyped kind was reported already */
	if (found == NULL && decode->errors->total == errors_before)
		err_list_add(decode->errors, node->loc,
			"the fault is missing: 'perturb faults' lists the kinds");
	return found;
}

/* For what happens at once, "for" is how long to watch what it did. */
static void check_duration(struct decode *decode, const struct node *node,
	const struct node_entry *kind, const struct fault *fault)
{
	if (!fault->kind->instant && node_find(node, "for") == NULL)
		err_list_add(decode->errors, kind->key->loc,
			"%s: 'for' is missing: how long it lasts, such as for: 30s",
			fault->kind->name);
}

/* Neither of the two means anything without the other. */
static void check_flap(struct decode *decode, const struct node *node, const struct fault *fault)
{
	const struct node *on = node_find(node, "on");
	const struct node *off = node_find(node, "off");

	if (on == NULL && off == NULL)
		return;
	if (on == NULL || off == NULL)
		err_list_add(decode->errors, (on != NULL ? on : off)->loc,
			"on and off go together: for how long it is in force, and for how long it "
			"is not");
	else if (fault->kind->instant)
		err_list_add(decode->errors, on->loc,
			"%s happens at once, and cannot be on and off: see 'repeat'",
			fault->kind->name);
	else if (fault->flap.on_ns >= fault->duration_ns)
		err_list_add(decode->errors, on->loc,
			"on: is not shorter than the fault, which would never be off");
}

static void check_repeat(struct decode *decode, const struct node *node, const struct fault *fault)
{
	const struct node *repeat = node_find(node, "repeat");

	if (repeat != NULL && fault->repeat.times > 1 &&
		fault->repeat.every_ns < fault->duration_ns)
		err_list_add(decode->errors, repeat->loc,
			"repeat: every is shorter than 'for': one would begin before the other has "
			"ended");
}

static void read_step(struct decode *decode, const struct node *node, const char *name,
	struct experiment *experiment, struct fault *fault)
{
	const struct node_entry *kind;

	if (!decode_is(decode, node, NODE_MAPPING, name))
		return;
	kind = find_kind(decode, node);
	fault->follow = true;
	decode_members(decode, node, members, fault);
	if (kind == NULL)
		return;
	fault->kind = fault_kind_find(kind->key->text);
	fault->loc = kind->key->loc;
	check_duration(decode, node, kind, fault);
	check_flap(decode, node, fault);
	check_repeat(decode, node, fault);
	fault_read(decode, kind->value, experiment, fault);
}

void experiment_read_method(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct experiment *experiment = ret_value;

	if (!decode_is(decode, node, NODE_LIST, name))
		return;
	for (size_t i = 0; i < node->count; i++) {
		struct fault fault = {
			.step = i, .params = arena_alloc(decode->arena, sizeof(*fault.params))};

		read_step(decode, node_item(node, i), name, experiment, &fault);
		if (fault.kind != NULL)
			faults_append(decode, experiment, &fault);
	}
}
