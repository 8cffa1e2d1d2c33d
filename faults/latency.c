/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/distribution.h"
#include "faults/network.h"

const struct field latency_fields[] = {
	{
		.name = "delay",
		.type = FIELD_DURATION,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, network.delay_ns),
		.minimum = NETWORK_DELAY_MIN,
		.maximum = NETWORK_DELAY_MAX,
		.help = "time by which every packet is held back",
	},
	{
		.name = "jitter",
		.type = FIELD_DURATION,
		.offset = offsetof(struct fault_params, network.jitter_ns),
		.maximum = NETWORK_JITTER_MAX,
		.help = "random spread around the delay; at most the delay; packets may overtake "
			"each other",
	},
	{
		.name = "correlation",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.delay_correlation),
		.maximum = 100,
		.help = "how much a packet's jitter depends on that of the one before",
	},
	{
		.name = "distribution",
		.type = FIELD_CHOICE,
		.offset = offsetof(struct fault_params, network.distribution),
		.fallback = "uniform",
		.choices = distribution_names,
		.help = "shape of the jitter; for all but uniform, jitter is the standard "
			"deviation",
	},
	{
		.name = "table",
		.type = FIELD_FILE,
		.offset = offsetof(struct fault_params, table_file),
		.help = "instead of distribution: a file with the shape, as tc has them (*.dist)",
	},
	{0},
};

int latency_check(const struct fault_params *params, struct err *err)
{
	const struct impairment *network = &params->network;

	/* The engines cannot send a packet before it came: a wider spread would be cut off, and the
	 * mean would be longer than the delay that was asked for. */
	if (network->jitter_ns > network->delay_ns)
		return err_field(err, "jitter", "must not exceed delay");
	if (network->jitter_ns == 0 && network->delay_correlation > 0.0)
		return err_field(err, "correlation", "has no meaning without jitter");
	if (network->jitter_ns == 0 && network->distribution != DISTRIBUTION_UNIFORM)
		return err_field(err, "distribution", "has no meaning without jitter");
	if (network->jitter_ns == 0 && params->table_file[0] != '\0')
		return err_field(err, "table", "has no meaning without jitter");
	if (network->distribution != DISTRIBUTION_UNIFORM && params->table_file[0] != '\0')
		return err_field(err, "table", "excludes distribution: give one of them");
	return 0;
}

static int validate(struct fault_params *params, struct err *err)
{
	return latency_check(params, err);
}

const struct fault_kind fault_latency = {
	.name = "latency",
	.summary = "delay the packets that leave the target",
	.example = "latency: { target: users, delay: 200ms, jitter: 20ms, distribution: normal }",
	.network = true,
	.fields = latency_fields,
	.validate = validate,
	.plan = network_plan,
};
