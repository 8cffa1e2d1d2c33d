/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/params.h"

#include <string.h>

#include "experiments/field_text.h"
#include "experiments/nearest.h"
#include "experiments/quote.h"

#define INTERFACE "interface"

/* One parameter of the table, groups unfolded. */
struct leaf {
	const struct field *group; /* NULL: in no group */
	const struct field *field;
};

/* The leaf at an index; false behind the last one. */
static bool leaf_at(const struct fault_kind *kind, size_t index, struct leaf *ret_leaf)
{
	for (const struct field *field = kind->fields; field->name != NULL; field++) {
		if (field->type != FIELD_GROUP) {
			*ret_leaf = (struct leaf){.field = field};
			if (index-- == 0)
				return true;
			continue;
		}
		for (const struct field *inner = field->group; inner->name != NULL; inner++) {
			*ret_leaf = (struct leaf){.group = field, .field = inner};
			if (index-- == 0)
				return true;
		}
	}
	return false;
}

static bool leaf_is_named(const struct leaf *leaf, const char *name)
{
	size_t length;

	if (leaf->group == NULL)
		return strcmp(leaf->field->name, name) == 0;
	length = strlen(leaf->group->name);
	return strncmp(leaf->group->name, name, length) == 0 && name[length] == '.' &&
	       strcmp(leaf->field->name, name + length + 1) == 0;
}

static void *slot(struct params *params, const struct leaf *leaf)
{
	return (char *)&params->values + leaf->field->offset;
}

/* Is a parameter of the leaf's group given? Those outside of groups always count. */
static bool is_in_use(const struct params *params, const struct leaf *leaf)
{
	struct leaf other;

	if (leaf->group == NULL)
		return true;
	for (size_t i = 0; leaf_at(params->kind, i, &other); i++) {
		if (other.group == leaf->group && params->given[i])
			return true;
	}
	return false;
}

void params_begin(struct params *params, const struct fault_kind *kind)
{
	memset(params, 0, sizeof(*params));
	params->kind = kind;
}

static int set_interface(struct params *params, const char *text, struct err *err)
{
	if (*text == '\0' || strlen(text) >= sizeof(params->values.interface) ||
		strpbrk(text, "/ \t\n") != NULL)
		return err_field(err, INTERFACE,
			"expected the name of a network interface such as eth0, not '%s'",
			quote(text).text);
	if (params->values.interface[0] != '\0')
		return err_field(err, INTERFACE, "is given twice");
	memcpy(params->values.interface, text, strlen(text) + 1);
	return 0;
}

static int unknown(const struct params *params, const char *name, struct err *err)
{
	struct nearest nearest = nearest_begin(name, strlen(name));
	struct leaf leaf;

	for (size_t i = 0; leaf_at(params->kind, i, &leaf); i++)
		nearest_offer(&nearest, leaf.field->name);
	if (nearest.best != NULL)
		return err_set(err, ERR_USAGE, 0, "%s has no parameter '%s' (did you mean '%s'?)",
			params->kind->name, quote(name).text, nearest.best);
	return err_set(err, ERR_USAGE, 0, "%s has no parameter '%s'", params->kind->name,
		quote(name).text);
}

int params_set(struct params *params, const char *name, const char *text, struct err *err)
{
	struct leaf leaf;

	if (params->kind->network && strcmp(name, INTERFACE) == 0)
		return set_interface(params, text, err);
	for (size_t i = 0; i < PARAMS_MAX && leaf_at(params->kind, i, &leaf); i++) {
		if (!leaf_is_named(&leaf, name))
			continue;
		if (params->given[i])
			return err_field(err, leaf.field->name, "is given twice");
		if (field_read(leaf.field, text, slot(params, &leaf), err) < 0) {
			err->field = leaf.field->name;
			return -1;
		}
		params->given[i] = true;
		return 0;
	}
	return unknown(params, name, err);
}

static int complete(struct params *params, size_t index, const struct leaf *leaf, struct err *err)
{
	const struct field *field = leaf->field;

	if (params->given[index] || !is_in_use(params, leaf))
		return 0;
	if ((field->flags & FIELD_REQUIRED) != 0) {
		if (leaf->group != NULL)
			return err_field(
				err, leaf->group->name, "'%s' is missing", leaf->field->name);
		return err_field(err, field->name, "is missing");
	}
	if (field->fallback == NULL)
		return 0;
	return field_read(field, field->fallback, slot(params, leaf), err);
}

static void list(struct params *params, const struct leaf *leaf, struct arena *arena,
	struct report_pair **pairs, size_t *count)
{
	struct report_pair *pair;

	*pairs = arena_grow(arena, *pairs, *count, sizeof(**pairs));
	pair = &(*pairs)[(*count)++];
	pair->name = leaf->group == NULL
			     ? leaf->field->name
			     : arena_printf(arena, "%s.%s", leaf->group->name, leaf->field->name);
	pair->value = field_write(leaf->field, slot(params, leaf), arena);
}

int params_finish(struct params *params, struct arena *arena, struct report_pair **ret_pairs,
	size_t *ret_count, struct err *err)
{
	struct report_pair *pairs = NULL;
	size_t count = 0;
	struct leaf leaf;

	for (size_t i = 0; i < PARAMS_MAX && leaf_at(params->kind, i, &leaf); i++) {
		if (complete(params, i, &leaf, err) < 0)
			return -1;
		if (params->given[i] || (leaf.field->fallback != NULL && is_in_use(params, &leaf)))
			list(params, &leaf, arena, &pairs, &count);
	}
	if (params->values.interface[0] != '\0') {
		pairs = arena_grow(arena, pairs, count, sizeof(*pairs));
		pairs[count++] = (struct report_pair){
			.name = INTERFACE,
			.value = arena_strdup(arena, params->values.interface),
		};
	}
	if (params->kind->validate(&params->values, err) < 0)
		return -1;
	*ret_pairs = pairs;
	*ret_count = count;
	return 0;
}
