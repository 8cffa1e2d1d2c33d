/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/network.h"

const struct field loss_fields[] = {
	{
		.name = "percent",
		.type = FIELD_PERCENT,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, network.loss),
		.maximum = 100,
		.help = "share of the packets that is dropped",
	},
	{
		.name = "correlation",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.loss_correlation),
		.maximum = 100,
		.help = "how much a packet's fate depends on that of the one before",
	},
	{0},
};

static int validate(struct fault_params *params, struct err *err)
{
	return percent_check(params->network.loss, err);
}

const struct fault_kind fault_loss = {
	.name = "loss",
	.summary = "drop some of the packets that leave the target",
	.example = "loss: { target: users, percent: 5% }",
	.network = true,
	.fields = loss_fields,
	.validate = validate,
	.plan = network_plan,
};
