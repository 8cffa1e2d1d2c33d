/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters that move while the fault is in force. */
#include <math.h>
#include <string.h>

#include "experiments/field_text.h"
#include "experiments/params_leaf.h"
#include "experiments/params_parts.h"
#include "experiments/units.h"
#include "faults/distribution.h"
#include "faults/network.h"

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
	if (!leaf_named(params->kind, name, &leaf, &ends->leaf))
		return params_unknown(params, name, err);
	if (params->given[ends->leaf])
		return err_set(err, ERR_USAGE, 0, "is given twice");
	if (!network_can_change(params->kind) ||
		!field_magnitude(leaf.field->type, leaf_place(&params->values, &leaf), &zero))
		return err_set(err, ERR_USAGE, 0,
			"cannot change while the fault is active: "
			"give one value");
	*ret_side = "to";
	if (read_end(leaf.field, to, leaf_place(&params->values, &leaf), &ends->to, err) < 0)
		return -1;
	*ret_side = "from";
	if (read_end(leaf.field, from, leaf_place(&params->values, &leaf), &ends->from, err) < 0)
		return -1;
	*ret_side = "to";
	if (fabs(ends->to - ends->from) <= 0.0)
		return err_set(err, ERR_USAGE, 0, "is the same as from: give one value");
	ends->ramp = *ramp;
	params->given[ends->leaf] = true;
	params->ramp_count++;
	return 0;
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

int params_check_moving(struct params *params, const struct params *before, struct err *err)
{
	struct err ignored;
	struct params checked = *params;

	if (quiet_zeros(params, &checked.values.network)) {
		(void)params_check(&checked, before, &ignored);
		params->values = checked.values;
		return 0;
	}
	return params_check(params, before, err);
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
				leaf_place(&params->values, &leaf));
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
			field_write(leaf.field, leaf_place(&params->values, &leaf), arena));
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
	if (params_check_moving(&moved, &before, err) < 0)
		return -1;
	*ret_network = moved.values.network;
	*ret_ingress = moved.values.ingress_network;
	return 0;
}

/* One end of a ramp as a user would write it. */
static const char *end_text(
	const struct params *params, const struct leaf *leaf, double end, struct arena *arena)
{
	struct fault_params scratch = params->values;
	void *at = leaf_place(&scratch, leaf);

	field_set_magnitude(leaf->field->type, end, at);
	return field_write(leaf->field, at, arena);
}

const char *params_ramp_text(const struct params *params, size_t index, struct arena *arena)
{
	struct leaf leaf;
	char over[32];

	for (size_t i = 0; i < params->ramp_count; i++) {
		const struct params_ramp *ends = &params->ramps[i];

		if (ends->leaf != index || !leaf_at(params->kind, index, &leaf))
			continue;
		return arena_printf(arena, "%s to %s over %s in %u steps",
			end_text(params, &leaf, ends->from, arena),
			end_text(params, &leaf, ends->to, arena),
			duration_format(ends->ramp.over_ns, over, sizeof(over)), ends->ramp.steps);
	}
	return NULL;
}
