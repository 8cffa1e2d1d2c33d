/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/partition.h"

static const char *const way_names[] = {"both", "one", NULL};
static const char *const split_names[] = {"none", "halves", "ring", "isolate", NULL};

static const struct field fields[] = {
	{
		.name = "way",
		.type = FIELD_CHOICE,
		.offset = offsetof(struct fault_params, way),
		.fallback = "both",
		.choices = way_names,
		.help = "one: only what the first sends to the second, or leaves the target",
	},
	{
		.name = "by",
		.type = FIELD_CHOICE,
		.offset = offsetof(struct fault_params, by),
		.fallback = "drop",
		.choices = refusal_names,
		.help = "reject: the sender is told, by a TCP reset or as unreachable",
	},
	{
		.name = "split",
		.type = FIELD_CHOICE,
		.offset = offsetof(struct fault_params, split),
		.choices = split_names,
		.help = "between the instances of the target: two halves, a ring in which each "
			"reaches its two neighbours, or all from each other",
	},
	{0},
};

static int validate(struct fault_params *params, struct err *err)
{
	if (params->split != SPLIT_NONE && params->way == WAY_ONE)
		return err_field(err, "way", "must be both where a target is split");
	return 0;
}

static int add(const struct fault_params *params, const struct instance *instance,
	const struct features *features, enum direction direction, const struct aim *aim,
	struct operation_list *list, struct err *err)
{
	const struct nft_filter filter = {.reject = params->by == REFUSAL_REJECT};

	return filter_plan(params, instance, features, direction, aim, &filter, list, err);
}

/* Both ways, the peers of one direction are those of the other, unless both are given. */
static int plan(const struct fault_kind *kind, const struct fault_params *params,
	const struct instance *instance, enum engine engine, const struct features *features,
	struct operation_list *list, struct err *err)
{
	const bool both = params->way == WAY_BOTH;
	const bool egress = params->egress || !params->ingress;
	const bool ingress = params->ingress;

	(void)kind;
	(void)engine;
	if ((egress || both) &&
		add(params, instance, features, DIRECTION_EGRESS,
			egress ? &params->egress_aim : &params->ingress_aim, list, err) < 0)
		return -1;
	if ((ingress || both) &&
		add(params, instance, features, DIRECTION_INGRESS,
			ingress ? &params->ingress_aim : &params->egress_aim, list, err) < 0)
		return -1;
	return 0;
}

const struct fault_kind fault_partition = {
	.name = "partition",
	.summary = "cut targets off from each other, or one from others",
	.example = "partition: { between: [orders, db] }",
	.network = true,
	.groups = true,
	.fields = fields,
	.validate = validate,
	.plan = plan,
};
