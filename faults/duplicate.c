/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/network.h"

const struct field duplicate_fields[] = {
	{
		.name = "percent",
		.type = FIELD_PERCENT,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, network.duplicate),
		.maximum = 100,
		.help = "share of the packets that is sent twice",
	},
	{
		.name = "correlation",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.duplicate_correlation),
		.maximum = 100,
		.help = "how much a packet's fate depends on that of the one before",
	},
	{0},
};

static int validate(struct fault_params *params, struct err *err)
{
	return percent_check(params->network.duplicate, err);
}

const struct fault_kind fault_duplicate = {
	.name = "duplicate",
	.summary = "send some of the packets that leave the target twice",
	.example = "duplicate: { target: users, percent: 1% }",
	.network = true,
	.fields = duplicate_fields,
	.validate = validate,
	.plan = network_plan,
};
