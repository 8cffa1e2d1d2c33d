/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/kind_node.h"

#include <string.h>

#define TIMEOUT_MIN_NS INT64_C(1000000)

void probe_read_timeout(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	int64_t *ret_timeout_ns = ret_value;

	decode_duration(decode, node, name, ret_timeout_ns);
	if (*ret_timeout_ns < TIMEOUT_MIN_NS || *ret_timeout_ns > PROBE_TIMEOUT_MAX_NS)
		err_list_add(decode->errors, node->loc, "%s: expected between 1ms and 10m", name);
}

/* The readers of a table of keys, as decode wants them. */
static const struct member *members_of(struct arena *arena, const struct probe_key *keys)
{
	size_t count = 0;
	struct member *members;

	while (keys[count].member.name != NULL)
		count++;
	members = arena_alloc(arena, (count + 1) * sizeof(*members));
	for (size_t i = 0; i <= count; i++)
		members[i] = keys[i].member;
	return members;
}

static void read_scalar(struct decode *decode, const struct node *node, const char *name,
	const struct probe_kind *kind, char *settings)
{
	for (const struct probe_key *key = kind->keys; key->member.name != NULL; key++)
		if (strcmp(key->member.name, kind->scalar) == 0)
			key->member.read(decode, node, name, settings + key->member.offset);
}

const struct probe_settings *probe_kind_read(struct decode *decode, const struct node *node,
	const char *name, const struct probe_kind *kind)
{
	struct probe_settings *settings = arena_alloc(decode->arena, kind->settings_size);
	const size_t errors_before = decode->errors->total;

	settings->timeout_ns = PROBE_TIMEOUT_DEFAULT_NS;
	if (kind->defaults != NULL)
		kind->defaults(settings);
	if (kind->missing != NULL)
		err_list_add(decode->errors, node->loc, "%s: %s", name, kind->missing);
	else if (kind->scalar != NULL &&
		 (node->type == NODE_SCALAR || (kind->list && node->type == NODE_LIST)))
		read_scalar(decode, node, name, kind, (char *)settings);
	else if (decode_mapping(
			 decode, node, name, members_of(decode->arena, kind->keys), settings) &&
		 kind->check != NULL && decode->errors->total == errors_before)
		kind->check(decode, node, settings);
	return settings;
}
