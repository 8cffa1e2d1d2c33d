/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/tolerance_node.h"

#include <stdio.h>
#include <string.h>

#include "reports/mem.h"

bool tolerance_read(struct decode *decode, const struct node *node, enum metric metric,
	struct tolerance *ret_tolerance)
{
	const struct metric_text name = metric_name(metric);
	struct scalar scalar;
	struct err err;

	if (!decode_scalar(decode, node, name.text, metric_expected(metric), &scalar))
		return false;
	if (tolerance_parse(metric, scalar.text, ret_tolerance, &err) < 0) {
		decode_reject(decode, node, name.text, &scalar, metric_expected(metric), &err);
		return false;
	}
	ret_tolerance->loc = node->loc;
	return true;
}

/* "errors.timeot": the nearest kind of error. */
static const char *nearest_error(const struct decode *decode, const char *kind)
{
	struct nearest nearest = decode_nearest(decode, kind);

	for (int outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++)
		nearest_offer(&nearest, outcome_name((enum outcome)outcome));
	return nearest.best;
}

static bool metric_suggest(
	const struct decode *decode, const char *text, struct metric_text *ret_suggestion)
{
	static const char errors[] = "errors.";
	struct nearest nearest = decode_nearest(decode, text);
	const char *prefix = "";
	const char *best;

	if (strncmp(text, errors, strlen(errors)) == 0) {
		prefix = errors;
		best = nearest_error(decode, text + strlen(errors));
	} else {
		metric_offer(&nearest);
		best = nearest.best;
	}
	if (best != NULL)
		(void)snprintf(
			ret_suggestion->text, sizeof(ret_suggestion->text), "%s%s", prefix, best);
	return best != NULL;
}

void metric_reject(struct decode *decode, const struct node *key)
{
	struct metric_text suggestion;

	if (metric_suggest(decode, key->text, &suggestion))
		err_list_add(decode->errors, key->loc, "unknown metric '%s' (did you mean '%s'?)",
			quote_file(decode->errors, key->text).text, suggestion.text);
	else
		err_list_add(decode->errors, key->loc,
			"unknown metric '%s'; the metrics are " METRICS_SHOWN,
			quote_file(decode->errors, key->text).text);
}

/* What goes on while a set is read. */
struct reading {
	struct decode *decode;
	struct tolerance_set set;
	size_t capacity;
	bool full; /* and said so */
};

/* Where a mapping stands among the tolerances. */
struct place {
	const char *path; /* NULL: at the top */
	size_t depth;
	bool negated;
};

static struct condition *condition_add(struct reading *reading, struct condition *parent)
{
	parent->items = arena_grow(
		reading->decode->arena, parent->items, parent->count, sizeof(*parent->items));
	return &parent->items[parent->count++];
}

static void read_leaf(struct reading *reading, const struct node *node, enum metric metric,
	const struct place *place, struct condition *parent)
{
	struct arena *arena = reading->decode->arena;
	struct tolerance tolerance;

	if (!tolerance_read(reading->decode, node, metric, &tolerance))
		return;
	if (reading->set.count == reading->capacity) {
		if (!reading->full)
			err_list_add(reading->decode->errors, node->loc, "more than %d tolerances",
				CONDITION_LEAVES_MAX);
		reading->full = true;
		return;
	}
	tolerance.negated = place->negated;
	tolerance.path = place->path;
	if (place->negated)
		tolerance.text = arena_printf(arena, "not %s", tolerance.text);
	*condition_add(reading, parent) =
		(struct condition){.kind = CONDITION_LEAF, .leaf = reading->set.count};
	reading->set.items[reading->set.count++] = tolerance;
}

/* One comparison, or a list of them that must all be true. */
static void read_metric(struct reading *reading, const struct node *node, enum metric metric,
	const struct place *place, struct condition *parent)
{
	struct condition *range;

	if (node->type != NODE_LIST) {
		read_leaf(reading, node, metric, place, parent);
		return;
	}
	if (!decode_is(reading->decode, node, NODE_LIST, metric_name(metric).text))
		return;
	/* What must not be true all at once is kept when any is not. */
	range = condition_add(reading, parent);
	range->kind = place->negated ? CONDITION_ANY : CONDITION_ALL;
	for (size_t i = 0; i < node->count; i++)
		read_leaf(reading, node_item(node, i), metric, place, range);
}

static void read_group(struct reading *reading, const struct node *node, const char *name,
	const struct place *place, struct condition *condition);

/* "all", "any" or "none". None of them is true when all of them are not. */
static void read_composite(struct reading *reading, const struct node *node, const char *name,
	const struct place *outer, struct condition *parent)
{
	struct arena *arena = reading->decode->arena;
	const bool every = strcmp(name, "all") == 0;
	struct place inner = {
		.depth = outer->depth + 1,
		.negated = outer->negated != (strcmp(name, "none") == 0),
	};
	struct condition *condition;

	if (inner.depth > CONDITION_DEPTH_MAX) {
		err_list_add(reading->decode->errors, node->loc,
			"%s: tolerances are nested more than %d deep", name, CONDITION_DEPTH_MAX);
		return;
	}
	if (!decode_is(reading->decode, node, NODE_LIST, name))
		return;
	condition = arena_alloc(arena, sizeof(*condition));
	condition->kind = every != inner.negated ? CONDITION_ALL : CONDITION_ANY;
	for (size_t i = 0; i < node->count; i++) {
		inner.path = outer->path == NULL
				     ? arena_printf(arena, "%s[%zu]", name, i)
				     : arena_printf(arena, "%s.%s[%zu]", outer->path, name, i);
		read_group(reading, node_item(node, i), name, &inner,
			condition_add(reading, condition));
	}
	*condition_add(reading, parent) = *condition;
}

static bool is_composite(const char *name)
{
	return strcmp(name, "all") == 0 || strcmp(name, "any") == 0 || strcmp(name, "none") == 0;
}

static void read_group(struct reading *reading, const struct node *node, const char *name,
	const struct place *place, struct condition *condition)
{
	condition->kind = place->negated ? CONDITION_ANY : CONDITION_ALL;
	if (!decode_is(reading->decode, node, NODE_MAPPING, name))
		return;
	for (size_t i = 0; i < node->count; i++) {
		const struct node_entry *entry = &node->entries[i];
		enum metric metric;

		if (is_composite(entry->key->text))
			read_composite(reading, entry->value, entry->key->text, place, condition);
		else if (metric_find(entry->key->text, &metric))
			read_metric(reading, entry->value, metric, place, condition);
		else
			metric_reject(reading->decode, entry->key);
	}
}

struct tolerance_set tolerances_read(
	struct decode *decode, const struct node *node, const char *name)
{
	struct reading reading = {.decode = decode};
	const struct place top = {.path = NULL};

	reading.capacity =
		node->weight < CONDITION_LEAVES_MAX ? node->weight : CONDITION_LEAVES_MAX;
	reading.set.items =
		arena_alloc(decode->arena, reading.capacity * sizeof(*reading.set.items));
	reading.set.root = arena_alloc(decode->arena, sizeof(*reading.set.root));
	read_group(&reading, node, name, &top, reading.set.root);
	return reading.set;
}
