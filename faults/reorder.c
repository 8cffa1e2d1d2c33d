/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/network.h"

const struct field reorder_fields[] = {
	{
		.name = "percent",
		.type = FIELD_PERCENT,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, network.reorder),
		.maximum = 100,
		.help = "share of the packets that is sent at once, past those that are held back",
	},
	{
		.name = "correlation",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.reorder_correlation),
		.maximum = 100,
		.help = "how much a packet's fate depends on that of the one before",
	},
	{
		.name = "gap",
		.type = FIELD_COUNT,
		.offset = offsetof(struct fault_params, network.reorder_gap),
		.maximum = 1e6,
		.help = "only every packet of that number may overtake; 1 and 0: every packet",
	},
	{
		.name = "delay",
		.type = FIELD_DURATION,
		.offset = offsetof(struct fault_params, reorder_delay_ns),
		.maximum = NETWORK_DELAY_MAX,
		.help = "time by which the other packets are held back",
	},
	{0},
};

int reorder_check(struct fault_params *params, struct err *err)
{
	struct impairment *network = &params->network;

	if (network->reorder == 0.0)
		return 0;
	if (params->reorder_delay_ns != 0) {
		if (network->delay_ns != 0 && network->delay_ns != params->reorder_delay_ns)
			return err_field(
				err, "delay", "differs from the delay of latency; give it once");
		network->delay_ns = params->reorder_delay_ns;
	}
	if (network->delay_ns == 0)
		return err_field(err, "delay",
			"is needed to reorder packets: some overtake the others, which wait that "
			"long");
	return 0;
}

static int validate(struct fault_params *params, struct err *err)
{
	if (percent_check(params->network.reorder, err) < 0)
		return -1;
	return reorder_check(params, err);
}

const struct fault_kind fault_reorder = {
	.name = "reorder",
	.summary = "let some of the packets that leave the target overtake others",
	.example = "reorder: { target: users, percent: 25%, delay: 10ms }",
	.network = true,
	.fields = reorder_fields,
	.validate = validate,
	.plan = network_plan,
};
