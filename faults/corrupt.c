/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/network.h"

const struct field corrupt_fields[] = {
	{
		.name = "percent",
		.type = FIELD_PERCENT,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, network.corrupt),
		.maximum = 100,
		.help = "share of the packets that gets one bit flipped",
	},
	{
		.name = "correlation",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.corrupt_correlation),
		.maximum = 100,
		.help = "how much a packet's fate depends on that of the one before",
	},
	{0},
};

static int validate(struct fault_params *params, struct err *err)
{
	return percent_check(params->network.corrupt, err);
}

const struct fault_kind fault_corrupt = {
	.name = "corrupt",
	.summary = "flip one bit in some of the packets that leave the target",
	.example = "corrupt: { target: users, percent: 0.1% }",
	.network = true,
	.fields = corrupt_fields,
	.validate = validate,
	.plan = network_plan,
};
