/* SPDX-License-Identifier: Apache-2.0 */
/* "steady_state" and "load": the probes and what they must keep to. */
#include <math.h>
#include <string.h>

#include "experiments/experiment_parts.h"
#include "experiments/probes/kind_node.h"
#include "experiments/tolerance_node.h"
#include "experiments/units.h"

static void read_tolerate(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct probe *probe = ret_value;
	const struct tolerance_set set = tolerances_read(decode, node, name);

	probe->tolerate = set.items;
	probe->tolerate_count = set.count;
	probe->tolerate_root = set.root;
}

static void read_during(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct probe *probe = ret_value;
	const struct tolerance_set set = tolerances_read(decode, node, name);

	probe->during = set.items;
	probe->during_count = set.count;
	probe->during_root = set.root;
}

static void read_rate(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	double *ret_rate = ret_value;
	struct scalar scalar;
	struct err err;

	if (!decode_scalar(decode, node, name, FREQUENCY_EXPECTED, &scalar))
		return;
	if (strcmp(scalar.text, "max") == 0)
		*ret_rate = INFINITY;
	else if (frequency_parse(scalar.text, ret_rate, &err) < 0)
		decode_reject(decode, node, name, &scalar, FREQUENCY_EXPECTED, &err);
	else if (*ret_rate > PROBE_RATE_MAX)
		err_list_add(decode->errors, node->loc, "%s: expected at most %.0f/s", name,
			PROBE_RATE_MAX);
}

static void read_concurrency(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	uint32_t *ret_count = ret_value;

	decode_count(decode, node, name, ret_count);
	if (*ret_count < 1 || *ret_count > PROBE_CONCURRENCY_MAX)
		err_list_add(decode->errors, node->loc, "%s: expected 1 to %d requests", name,
			PROBE_CONCURRENCY_MAX);
}

/* The keys that every kind of probe has besides its own; only a load may do without tolerances. */
#define PROBE_MEMBERS(must_tolerate)                                                               \
	{                                                                                          \
		{"name", decode_text, offsetof(struct probe, name), true},                         \
			{"rate", read_rate, offsetof(struct probe, rate), false},                  \
			{"concurrency", read_concurrency, offsetof(struct probe, concurrency),     \
				false},                                                            \
			{"tolerate", read_tolerate, 0, must_tolerate},                             \
			{"during", read_during, 0, false}, {NULL, NULL, 0, false},                 \
	}
static const struct member members[] = PROBE_MEMBERS(true);
static const struct member load_members[] = PROBE_MEMBERS(false);

static void reject_key(struct decode *decode, const struct node *key)
{
	struct nearest nearest = decode_nearest(decode, key->text);

	for (const struct member *member = members; member->name != NULL; member++)
		nearest_offer(&nearest, member->name);
	for (const struct probe_kind *const *kind = probe_kinds; *kind != NULL; kind++)
		nearest_offer(&nearest, (*kind)->name);
	decode_unknown_key(decode, key, &nearest,
		"a probe has a name, one kind such as http, rate, concurrency, tolerate and "
		"during");
}

/* The one key that is a kind. */
static void read_kind(struct decode *decode, const struct node *node, struct probe *probe)
{
	for (size_t i = 0; i < node->count; i++) {
		const struct node_entry *entry = &node->entries[i];
		const struct probe_kind *kind = probe_kind_find(entry->key->text);

		if (kind == NULL) {
			if (!decode_knows(members, entry->key->text))
				reject_key(decode, entry->key);
			continue;
		}
		if (probe->kind != NULL)
			err_list_add(decode->errors, entry->key->loc,
				"a probe has one kind; this one is '%s' already",
				probe->kind->name);
		probe->kind = kind;
		probe->settings = probe_kind_read(decode, entry->value, kind->name, kind);
	}
	if (probe->kind == NULL)
		err_list_add(decode->errors, node->loc,
			"the kind of the probe is missing, such as http; \"perturb probes\" lists "
			"them");
}

static void check_name(struct decode *decode, const struct node *node,
	const struct experiment *experiment, const struct probe *probe)
{
	const struct node *name = node_find(node, "name");

	for (const struct probe *other = experiment->probes; other < probe; other++) {
		if (other->name == NULL || strcmp(other->name, probe->name) != 0)
			continue;
		err_list_add(decode->errors, name->loc,
			"name: another probe is called that, at line %u", other->loc.line);
		return;
	}
}

static void read_probe(struct decode *decode, const struct node *node, const char *name,
	const struct experiment *experiment, struct probe *probe)
{
	probe->loc = node->loc;
	probe->rate = PROBE_RATE_DEFAULT;
	probe->concurrency = PROBE_CONCURRENCY_DEFAULT;
	if (!decode_is(decode, node, NODE_MAPPING, name))
		return;
	read_kind(decode, node, probe);
	decode_members(decode, node, probe->load ? load_members : members, probe);
	if (probe_is_closed(probe) && node_find(node, "concurrency") == NULL)
		probe->concurrency = PROBE_CONCURRENCY_CLOSED;
	if (probe->name != NULL)
		check_name(decode, node, experiment, probe);
}

static void read_list(struct decode *decode, const struct node *node, const char *name,
	struct experiment *experiment, bool load)
{
	const size_t before = experiment->probe_count;
	struct probe *probes;

	if (!decode_is(decode, node, NODE_LIST, name))
		return;
	probes = arena_alloc(decode->arena, (before + node->count) * sizeof(*probes));
	if (before > 0)
		memcpy(probes, experiment->probes, before * sizeof(*probes));
	experiment->probes = probes;
	experiment->probe_count = before + node->count;
	for (size_t i = 0; i < node->count; i++) {
		probes[before + i].load = load;
		read_probe(decode, node_item(node, i), name, experiment, &probes[before + i]);
	}
}

void experiment_read_probes(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_list(decode, node, name, ret_value, false);
}

void experiment_read_load(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_list(decode, node, name, ret_value, true);
}

bool probe_is_closed(const struct probe *probe)
{
	return isinf(probe->rate);
}
