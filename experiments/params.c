/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/params.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "experiments/field_text.h"
#include "experiments/nearest.h"
#include "experiments/quote.h"
#include "experiments/units.h"
#include "faults/network.h"
#include "faults/profile.h"

#define INTERFACE "interface"

#define LEAF_NAME_MAX 64

/* Groups in groups: network.loss.gemodel. */
#define GROUPS_MAX 2

/* One parameter of the table, groups unfolded. */
struct leaf {
	const struct field *groups[GROUPS_MAX]; /* those that it is in, the outermost first */
	size_t depth;				/* how many they are */
	const struct field *field;
};

/* Counts *index down, leaf by leaf. */
static bool find_leaf(const struct field *fields, size_t *index, struct leaf *leaf)
{
	for (const struct field *field = fields; field->name != NULL; field++) {
		if (field->type != FIELD_GROUP) {
			leaf->field = field;
			if ((*index)-- == 0)
				return true;
			continue;
		}
		if (leaf->depth == GROUPS_MAX)
			continue;
		leaf->groups[leaf->depth++] = field;
		if (find_leaf(field->group, index, leaf))
			return true;
		leaf->depth--;
	}
	return false;
}

/* The leaf at an index; false behind the last one. */
static bool leaf_at(const struct fault_kind *kind, size_t index, struct leaf *ret_leaf)
{
	memset(ret_leaf, 0, sizeof(*ret_leaf));
	return find_leaf(kind->fields, &index, ret_leaf);
}

/* "loss.gemodel.p" */
static void leaf_name(const struct leaf *leaf, char *buffer, size_t size)
{
	int used = 0;

	for (size_t i = 0; i < leaf->depth && (size_t)used < size; i++)
		used += snprintf(buffer + used, size - (size_t)used, "%s.", leaf->groups[i]->name);
	if ((size_t)used < size)
		snprintf(buffer + used, size - (size_t)used, "%s", leaf->field->name);
}

static bool leaf_is_named(const struct leaf *leaf, const char *name)
{
	char own[LEAF_NAME_MAX];

	leaf_name(leaf, own, sizeof(own));
	return strcmp(own, name) == 0;
}

static void *slot(struct params *params, const struct leaf *leaf)
{
	return (char *)&params->values + leaf->field->offset;
}

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

static int read_given(struct params *params, const struct leaf *leaf, size_t index,
	const char *text, struct err *err)
{
	if (params->given[index])
		return err_field(err, leaf->field->name, "is given twice");
	if (field_read(leaf->field, text, slot(params, leaf), err) < 0) {
		err->field = leaf->field->name;
		return -1;
	}
	params->given[index] = true;
	return 0;
}

/* The leaf of that name, and its index. */
static bool named_leaf(
	const struct params *params, const char *name, struct leaf *ret_leaf, size_t *ret_index)
{
	for (size_t i = 0; i < PARAMS_MAX && leaf_at(params->kind, i, ret_leaf); i++) {
		*ret_index = i;
		if (leaf_is_named(ret_leaf, name))
			return true;
	}
	return false;
}

int params_set(struct params *params, const char *name, const char *text, struct err *err)
{
	struct leaf leaf;
	size_t index;

	if (params->kind->network && strcmp(name, INTERFACE) == 0)
		return set_interface(params, text, err);
	if (!named_leaf(params, name, &leaf, &index))
		return unknown(params, name, err);
	return read_given(params, &leaf, index, text, err);
}

/* One end of a ramp; nothing is an end where more than nothing is a value. */
static int read_end(const struct field *field, const char *text, void *at, double *ret_magnitude,
	struct err *err)
{
	struct field end = *field;

	if (field->type == FIELD_DURATION || field->type == FIELD_PERCENT)
		end.minimum = 0.0;
	if (field_read(&end, text, at, err) < 0)
		return -1;
	(void)field_magnitude(field->type, at, ret_magnitude);
	return 0;
}

int params_set_ramp(struct params *params, const char *name, const char *from, const char *to,
	const struct ramp *ramp, const char **ret_side, struct err *err)
{
	struct params_ramp *ends = &params->ramps[params->ramp_count];
	struct leaf leaf;
	double zero;

	*ret_side = NULL;
	if (params->ramp_count == PARAMS_RAMPS_MAX)
		return err_set(err, ERR_USAGE, 0, "more than %d parameters move", PARAMS_RAMPS_MAX);
	if (!named_leaf(params, name, &leaf, &ends->leaf))
		return unknown(params, name, err);
	if (params->given[ends->leaf])
		return err_set(err, ERR_USAGE, 0, "is given twice");
	if (!network_can_change(params->kind) ||
		!field_magnitude(leaf.field->type, slot(params, &leaf), &zero))
		return err_set(err, ERR_USAGE, 0,
			"cannot change while the fault is active: "
			"give one value");
	*ret_side = "to";
	if (read_end(leaf.field, to, slot(params, &leaf), &ends->to, err) < 0)
		return -1;
	*ret_side = "from";
	if (read_end(leaf.field, from, slot(params, &leaf), &ends->from, err) < 0)
		return -1;
	*ret_side = "to";
	if (fabs(ends->to - ends->from) <= 0.0)
		return err_set(err, ERR_USAGE, 0, "is the same as from: give one value");
	ends->ramp = *ramp;
	params->given[ends->leaf] = true;
	params->ramp_count++;
	return 0;
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
	return field_read(field, field->fallback, slot(params, leaf), err);
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

/* What is done to packets that arrive is checked and normalised by the kind, too. */
static int finish_ingress(struct params *params, const struct params *before, struct err *err)
{
	struct params ingress = *params;

	adopt_profile(&ingress, before, DIRECTION_INGRESS, &ingress.values.network);
	if (params->kind->validate(&ingress.values, err) < 0)
		return -1;
	params->values.ingress_network = ingress.values.network;
	return 0;
}

static int check_values(struct params *params, const struct params *before, struct err *err)
{
	if (params->values.profile != 0 && finish_ingress(params, before, err) < 0)
		return -1;
	return params->kind->validate(&params->values, err);
}

/* Where a ramp begins or ends at nothing, what goes with it is nothing, too, and the kind need not
 * take it for a value. Returns whether there is any such. */
static bool quiet_zeros(const struct params *params, struct impairment *network)
{
	struct leaf leaf;
	double value = 1.0;
	bool any = false;

	for (size_t i = 0; i < params->ramp_count; i++)
		if (leaf_at(params->kind, params->ramps[i].leaf, &leaf) &&
			field_magnitude(leaf.field->type,
				(const char *)&params->values + leaf.field->offset, &value))
			any = any || fpclassify(value) == FP_ZERO;
	if (any && network->delay_ns == 0)
		network->jitter_ns = 0;
	if (any && network->jitter_ns == 0) {
		network->delay_correlation = 0.0;
		network->distribution = DISTRIBUTION_UNIFORM;
		network->table = 0;
	}
	return any;
}

static int check_moving(struct params *params, const struct params *before, struct err *err)
{
	struct err ignored;
	struct params checked = *params;

	if (quiet_zeros(params, &checked.values.network)) {
		(void)check_values(&checked, before, &ignored);
		params->values = checked.values;
		return 0;
	}
	return check_values(params, before, err);
}

/* What a ramp has come to, in place of its first value. */
static void move_values(struct params *params, int64_t offset_ns)
{
	struct leaf leaf;

	for (size_t i = 0; i < params->ramp_count; i++) {
		const struct params_ramp *ends = &params->ramps[i];
		double progress = ramp_progress(&ends->ramp, offset_ns);

		if (leaf_at(params->kind, ends->leaf, &leaf))
			field_set_magnitude(leaf.field->type,
				ends->from + (ends->to - ends->from) * progress,
				slot(params, &leaf));
	}
}

static const char *moved_text(struct params *params, struct arena *arena)
{
	const char *text = "";
	struct leaf leaf;
	char name[LEAF_NAME_MAX];

	for (size_t i = 0; i < params->ramp_count; i++) {
		if (!leaf_at(params->kind, params->ramps[i].leaf, &leaf))
			continue;
		leaf_name(&leaf, name, sizeof(name));
		text = arena_printf(arena, "%s%s%s=%s", text, i == 0 ? "" : " ", name,
			field_write(leaf.field, slot(params, &leaf), arena));
	}
	return text;
}

int params_at(const struct params *params, int64_t offset_ns, struct arena *arena,
	struct impairment *ret_network, struct impairment *ret_ingress, const char **ret_text,
	struct err *err)
{
	struct params before = *params;
	struct params moved = *params;

	memcpy(before.given, params->asked, sizeof(before.given));
	moved.values = params->unchecked;
	move_values(&moved, offset_ns);
	*ret_text = moved_text(&moved, arena);
	if (check_moving(&moved, &before, err) < 0)
		return -1;
	*ret_network = moved.values.network;
	*ret_ingress = moved.values.ingress_network;
	return 0;
}

/* "0ms to 400ms over 60s in 20 steps" */
static const char *ramp_text(const struct params *params, const struct params_ramp *ends,
	const struct field *field, struct arena *arena)
{
	struct fault_params scratch = params->values;
	void *at = (char *)&scratch + field->offset;
	char over[32];
	const char *from;

	field_set_magnitude(field->type, ends->from, at);
	from = field_write(field, at, arena);
	field_set_magnitude(field->type, ends->to, at);
	return arena_printf(arena, "%s to %s over %s in %u steps", from,
		field_write(field, at, arena),
		duration_format(ends->ramp.over_ns, over, sizeof(over)), ends->ramp.steps);
}

static const char *value_text(
	struct params *params, size_t index, const struct leaf *leaf, struct arena *arena)
{
	for (size_t i = 0; i < params->ramp_count; i++)
		if (params->ramps[i].leaf == index)
			return ramp_text(params, &params->ramps[i], leaf->field, arena);
	return field_write(leaf->field, slot(params, leaf), arena);
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
	pair->value = value_text(params, index, leaf, arena);
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
	if (params->values.interface[0] != '\0') {
		pairs = arena_grow(arena, pairs, count, sizeof(*pairs));
		pairs[count++] = (struct report_pair){
			.name = INTERFACE,
			.value = arena_strdup(arena, params->values.interface),
		};
	}
	params->unchecked = params->values;
	memcpy(params->asked, before.given, sizeof(params->asked));
	if (check_moving(params, &before, err) < 0)
		return -1;
	*ret_pairs = pairs;
	*ret_count = count;
	return 0;
}
