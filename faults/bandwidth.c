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
	{
		.name = "latency",
		.type = FIELD_DURATION,
		.offset = offsetof(struct fault_params, network.queue_ns),
		.minimum = NETWORK_DELAY_MIN,
		.maximum = NETWORK_DELAY_MAX,
		.fallback = "100ms",
		.help = "how long a packet may wait for its turn, or it is dropped",
	},
	{
		.name = "peakrate",
		.type = FIELD_RATE,
		.offset = offsetof(struct fault_params, network.peak_bits),
		.minimum = NETWORK_RATE_MIN,
		.maximum = NETWORK_RATE_MAX,
		.help = "bits per second at which a burst leaves; by default as fast as it can",
	},
	{
		.name = "mtu",
		.type = FIELD_SIZE,
		.offset = offsetof(struct fault_params, network.peak_burst_bytes),
		.maximum = TBF_BURST_MAX,
		.help = "with peakrate: what leaves at once; by default the largest packet",
	},
	{0},
};

static int validate(struct fault_params *params, struct err *err)
{
	const struct impairment *network = &params->network;

	if (network->peak_bits == 0 && network->peak_burst_bytes != 0)
		return err_field(err, "mtu", "has no meaning without peakrate");
	if (network->peak_bits != 0 && network->peak_bits / 8 <= network->rate_bits / 8)
		return err_field(err, "peakrate", "must be more than rate");
	return 0;
}

const struct fault_kind fault_bandwidth = {
	.name = "bandwidth",
	.summary = "limit the rate at which packets leave the target",
	.example = "bandwidth: { target: users, rate: 1mbit, burst: 32KiB, latency: 200ms }",
	.network = true,
	.fields = fields,
	.validate = validate,
	.plan = network_plan,
};
