/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/network.h"
#include "faults/tbf.h"

static const struct field fields[] = {
	{
		.name = "rate",
		.type = FIELD_RATE,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, network.rate_bits),
		.minimum = NETWORK_RATE_MIN,
		.maximum = NETWORK_RATE_MAX,
		.help = "bits per second that may leave the target, headers included",
	},
	{
		.name = "burst",
		.type = FIELD_SIZE,
		.offset = offsetof(struct fault_params, network.burst_bytes),
		.maximum = TBF_BURST_MAX,
		.help = "what may leave at once after a pause; by default 10 ms of the rate",
	},
	{0},
};

static int validate(struct fault_params *params, struct err *err)
{
	(void)params;
	(void)err;
	return 0;
}

const struct fault_kind fault_bandwidth = {
	.name = "bandwidth",
	.summary = "limit the rate at which packets leave the target",
	.example = "bandwidth: { target: users, rate: 1mbit }",
	.network = true,
	.fields = fields,
	.validate = validate,
	.plan = network_plan,
};
