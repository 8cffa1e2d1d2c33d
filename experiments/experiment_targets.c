/* SPDX-License-Identifier: Apache-2.0 */
/* "targets": what the faults are done to. */
#include <string.h>

#include "experiments/experiment_parts.h"
#include "experiments/units.h"

#define PICK_EXPECTED "all, a number or a percentage"

void pick_read(struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct pick *ret_pick = ret_value;
	struct pick pick = {.mode = PICK_ALL};
	struct scalar scalar;
	bool good;

	if (!decode_scalar(decode, node, name, PICK_EXPECTED, &scalar))
		return;
	if (strcmp(scalar.text, "all") == 0) {
		good = true;
	} else if (strchr(scalar.text, '%') != NULL) {
		pick.mode = PICK_PERCENT;
		good = percent_parse(scalar.text, &pick.percent, NULL) == 0 && pick.percent > 0.0;
	} else {
		pick.mode = PICK_NUMBER;
		good = count_parse(scalar.text, &pick.number, NULL) == 0 && pick.number > 0;
	}
	if (!good)
		err_list_add(decode->errors, node->loc,
			"%s: expected " PICK_EXPECTED ", more than none, not '%s'", name,
			scalar_shown(&scalar).text);
	*ret_pick = pick;
}

static const struct member members[] = {
	{"container", selector_read_container, offsetof(struct target, selector), false},
	{"netns", selector_read_netns, offsetof(struct target, selector), false},
	{"process", selector_read_process, offsetof(struct target, selector), false},
	{"pick", pick_read, offsetof(struct target, pick), false},
	{NULL, NULL, 0, false},
};

static bool is_later_kind(const char *name)
{
	return strcmp(name, "pod") == 0 || strcmp(name, "cgroup") == 0 || strcmp(name, "host") == 0;
}

static void read_keys(struct decode *decode, const struct node *node, struct target *target)
{
	const struct node *kind = NULL;

	for (size_t i = 0; i < node->count; i++) {
		const struct node *key = node->entries[i].key;

		if (is_later_kind(key->text)) {
			err_list_add(decode->errors, key->loc,
				"targets of the kind '%s' are not supported yet by this version",
				key->text);
		} else if (!decode_knows(members, key->text)) {
			decode_unknown_member(decode, key, members);
			continue;
		} else if (strcmp(key->text, "pick") == 0) {
			continue;
		}
		if (kind != NULL)
			err_list_add(decode->errors, key->loc,
				"a target has one kind, and this one has '%s' already", kind->text);
		kind = key;
	}
	if (kind == NULL)
		err_list_add(decode->errors, node->loc,
			"target '%s': container, netns or process is missing",
			quote_file(decode->errors, target->name).text);
}

static void read_target(
	struct decode *decode, const struct node_entry *entry, struct target *target)
{
	target->name = entry->key->text;
	target->loc = entry->key->loc;
	if (!decode_is(decode, entry->value, NODE_MAPPING, decode_name(decode, entry->key)))
		return;
	read_keys(decode, entry->value, target);
	decode_members(decode, entry->value, members, target);
}

void experiment_read_targets(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct experiment *experiment = ret_value;

	if (!decode_is(decode, node, NODE_MAPPING, name))
		return;
	experiment->targets =
		arena_alloc(decode->arena, node->count * sizeof(*experiment->targets));
	experiment->target_count = node->count;
	for (size_t i = 0; i < node->count; i++)
		read_target(decode, &node->entries[i], &experiment->targets[i]);
}
