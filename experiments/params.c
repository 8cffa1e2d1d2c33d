/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/params.h"

#include <stdio.h>
#include <string.h>

#include "experiments/field_text.h"
#include "experiments/nearest.h"
#include "experiments/params_leaf.h"
#include "experiments/params_parts.h"
#include "experiments/quote.h"
#include "faults/profile.h"

#define INTERFACE "interface"
#define DIRECTION "direction"
#define SEGMENT	  "segment"

/* The innermost group, NULL if it is in none. */
static const struct field *group_of(const struct leaf *leaf)
{
	return leaf->depth == 0 ? NULL : leaf->groups[leaf->depth - 1];
}

static bool is_within(const struct leaf *leaf, const struct field *group)
{
	for (size_t i = 0; i < leaf->depth; i++) {
		if (leaf->groups[i] == group)
			return true;
	}
	return false;
}

/* Is the parameter given, or any of the group? */
static bool is_given(const struct params *params, const struct field *field)
{
	struct leaf leaf;

	for (size_t i = 0; i < PARAMS_MAX && leaf_at(params->kind, i, &leaf); i++) {
		if (params->given[i] && (leaf.field == field || is_within(&leaf, field)))
			return true;
	}
	return false;
}

/* Is a parameter of the leaf's group given? Those outside of groups always count. */
static bool is_in_use(const struct params *params, const struct leaf *leaf)
{
	return leaf->depth == 0 || is_given(params, group_of(leaf));
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

static int set_direction(struct params *params, const char *text, struct err *err)
{
	struct fault_params *values = &params->values;

	if (values->egress || values->ingress)
		return err_field(err, DIRECTION, "is given twice");
	values->egress = strcmp(text, "egress") == 0 || strcmp(text, "both") == 0;
	values->ingress = strcmp(text, "ingress") == 0 || strcmp(text, "both") == 0;
	if (!values->egress && !values->ingress)
		return err_field(err, DIRECTION, "expected egress, ingress or both, not '%s'",
			quote(text).text);
	return 0;
}

static int set_segment(struct params *params, const char *text, struct err *err)
{
	if (!fault_kind_is_queue(params->kind))
		return err_field(err, SEGMENT, "has no meaning for %s", params->kind->name);
	params->values.segment = strcmp(text, "true") == 0;
	if (!params->values.segment && strcmp(text, "false") != 0)
		return err_field(
			err, SEGMENT, "expected true or false, not '%s'", quote(text).text);
	return 0;
}

int params_unknown(const struct params *params, const char *name, struct err *err)
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

static int read_given(struct params *params, const struct leaf *leaf, size_t index,
	const char *text, struct err *err)
{
	if (params->given[index] && leaf->field->type != FIELD_TEXTS)
		return err_field(err, leaf->field->name, "is given twice");
	if (field_read(leaf->field, text, leaf_place(&params->values, leaf), err) < 0) {
		err->field = leaf->field->name;
		return -1;
	}
	params->given[index] = true;
	return 0;
}

int params_set(struct params *params, const char *name, const char *text, struct err *err)
{
	struct leaf leaf;
	size_t index;

	if (params->kind->network && strcmp(name, INTERFACE) == 0)
		return set_interface(params, text, err);
	if (params->kind->network && strcmp(name, DIRECTION) == 0)
		return set_direction(params, text, err);
	if (params->kind->network && strcmp(name, SEGMENT) == 0)
		return set_segment(params, text, err);
	if (!leaf_named(params->kind, name, &leaf, &index))
		return params_unknown(params, name, err);
	return read_given(params, &leaf, index, text, err);
}

static int complete(struct params *params, size_t index, const struct leaf *leaf, struct err *err)
{
	const struct field *field = leaf->field;

	if (params->given[index] || !is_in_use(params, leaf))
		return 0;
	if ((field->flags & FIELD_REQUIRED) != 0) {
		if (leaf->depth != 0)
			return err_field(
				err, group_of(leaf)->name, "'%s' is missing", leaf->field->name);
		return err_field(err, field->name, "is missing");
	}
	if (field->fallback == NULL)
		return 0;
	return field_read(field, field->fallback, leaf_place(&params->values, leaf), err);
}

/* Of the rows that exclude each other, one must be there. group is that of the table, or NULL. */
static int check_alternatives(const struct params *params, const struct field *fields,
	const struct field *group, struct err *err)
{
	const struct field *chosen = NULL;
	char names[LEAF_NAME_MAX * 2] = "";

	for (const struct field *field = fields; field->name != NULL; field++) {
		size_t used = strlen(names);
		bool given = is_given(params, field);

		if (field->type == FIELD_GROUP && given &&
			check_alternatives(params, field->group, field, err) < 0)
			return -1;
		if ((field->flags & FIELD_ALTERNATIVE) == 0)
			continue;
		if (given && chosen != NULL)
			return err_field(
				err, field->name, "excludes %s: give one of them", chosen->name);
		if (given)
			chosen = field;
		snprintf(names + used, sizeof(names) - used, "%s%s", used == 0 ? "" : ", ",
			field->name);
	}
	if (chosen != NULL || *names == '\0')
		return 0;
	if (group != NULL)
		return err_field(err, group->name, "one of %s is missing", names);
	return err_set(err, ERR_USAGE, 0, "one of %s is missing", names);
}

_Static_assert(offsetof(struct fault_params, network) == 0, "what place_in relies on");

/* The place of a leaf in impairment, if it is about what is done to packets; else NULL. */
static void *place_in(struct impairment *impairment, const struct leaf *leaf)
{
	if (leaf->field->offset >= sizeof(*impairment))
		return NULL;
	return (char *)impairment + leaf->field->offset;
}

static bool is_zero(const unsigned char *value, size_t size)
{
	while (size != 0 && *value == 0) {
		value++;
		size--;
	}
	return size == 0;
}

/* A group of which anything is given is the user's as a whole, or the sum of both would be
 * nobody's.
 */
static bool is_left_to_profile(const struct params *before, const struct leaf *leaf, size_t index)
{
	if (leaf->depth == 0)
		return !before->given[index];
	return !is_given(before, leaf->groups[0]);
}

/* Fills in what the profile has for one direction and the user has not given. */
static void adopt_profile(struct params *params, const struct params *before,
	enum direction direction, struct impairment *impairment)
{
	struct impairment figures = profile_impairment(params->values.profile, direction);
	struct leaf leaf;

	for (size_t i = 0; i < PARAMS_MAX && leaf_at(params->kind, i, &leaf); i++) {
		size_t size = field_size(leaf.field);
		const void *from = place_in(&figures, &leaf);

		if (from == NULL || !is_left_to_profile(before, &leaf, i))
			continue;
		memcpy(place_in(impairment, &leaf), from, size);
		params->given[i] = !is_zero(from, size);
	}
}

static void limit_queue(struct impairment *impairment)
{
	if (impairment->limit == 0)
		impairment->limit = profile_queue_limit(impairment);
}

/* What is done to packets that arrive is checked and normalised by the kind, too. */
static int check_both(struct params *params, const struct params *before, struct err *err)
{
	struct params ingress = *params;

	adopt_profile(&ingress, before, DIRECTION_INGRESS, &ingress.values.network);
	if (params->kind->validate(&ingress.values, err) < 0 ||
		params->kind->validate(&params->values, err) < 0)
		return -1;
	params->values.ingress_network = ingress.values.network;
	limit_queue(&params->values.ingress_network);
	limit_queue(&params->values.network);
	return 0;
}

int params_check(struct params *params, const struct params *before, struct err *err)
{
	if (params->values.profile != 0)
		return check_both(params, before, err);
	return params->kind->validate(&params->values, err);
}

static void list(struct params *params, size_t index, const struct leaf *leaf, struct arena *arena,
	struct report_pair **pairs, size_t *count)
{
	struct report_pair *pair;
	char name[LEAF_NAME_MAX];

	leaf_name(leaf, name, sizeof(name));
	*pairs = arena_grow(arena, *pairs, *count, sizeof(**pairs));
	pair = &(*pairs)[(*count)++];
	pair->name = arena_strdup(arena, name);
	pair->value = params_ramp_text(params, index, arena);
	if (pair->value == NULL)
		pair->value = field_write(leaf->field, leaf_place(&params->values, leaf), arena);
}

static void add_pair(struct arena *arena, const char *name, const char *value,
	struct report_pair **pairs, size_t *count)
{
	*pairs = arena_grow(arena, *pairs, *count, sizeof(**pairs));
	(*pairs)[(*count)++] =
		(struct report_pair){.name = name, .value = arena_strdup(arena, value)};
}

/* What is in no table, where it was given. */
static void list_shared(const struct fault_params *values, struct arena *arena,
	struct report_pair **pairs, size_t *count)
{
	const char *way = values->ingress ? "ingress" : "egress";

	if (values->interface[0] != '\0')
		add_pair(arena, INTERFACE, values->interface, pairs, count);
	if (values->egress || values->ingress)
		add_pair(arena, DIRECTION, values->egress && values->ingress ? "both" : way, pairs,
			count);
	if (values->segment)
		add_pair(arena, SEGMENT, "true", pairs, count);
}

int params_finish(struct params *params, struct arena *arena, struct report_pair **ret_pairs,
	size_t *ret_count, struct err *err)
{
	const struct params before = *params;
	struct report_pair *pairs = NULL;
	size_t count = 0;
	struct leaf leaf;

	if (params->values.profile != 0)
		adopt_profile(params, &before, DIRECTION_EGRESS, &params->values.network);
	for (size_t i = 0; i < PARAMS_MAX && leaf_at(params->kind, i, &leaf); i++) {
		if (complete(params, i, &leaf, err) < 0)
			return -1;
		if (params->given[i] || (leaf.field->fallback != NULL && is_in_use(params, &leaf)))
			list(params, i, &leaf, arena, &pairs, &count);
	}
	if (check_alternatives(params, params->kind->fields, NULL, err) < 0)
		return -1;
	list_shared(&params->values, arena, &pairs, &count);
	params->unchecked = params->values;
	memcpy(params->asked, before.given, sizeof(params->asked));
	if (params_check_moving(params, &before, err) < 0)
		return -1;
	*ret_pairs = pairs;
	*ret_count = count;
	return 0;
}
