/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/network.h"

#include "faults/loss_model.h"
#include "faults/profile.h"

static const struct field rate_fields[] = {
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
		.name = "packet_overhead",
		.type = FIELD_OVERHEAD,
		.offset = offsetof(struct fault_params, network.packet_overhead),
		.minimum = NETWORK_OVERHEAD_MIN,
		.maximum = NETWORK_CELL_MAX,
		.help = "what each packet takes of it besides its own bytes",
	},
	{
		.name = "cell_size",
		.type = FIELD_SIZE,
		.offset = offsetof(struct fault_params, network.cell_size),
		.maximum = NETWORK_CELL_MAX,
		.help = "packets are sent in cells with so many bytes of theirs, the last one full",
	},
	{
		.name = "cell_overhead",
		.type = FIELD_OVERHEAD,
		.offset = offsetof(struct fault_params, network.cell_overhead),
		.minimum = -NETWORK_CELL_MAX,
		.maximum = NETWORK_CELL_MAX,
		.help = "what each cell takes besides these",
	},
	{0},
};

static const struct field fields[] = {
	{
		.name = "latency",
		.type = FIELD_GROUP,
		.group = latency_fields,
		.help = "delay packets",
	},
	{
		.name = "loss",
		.type = FIELD_GROUP,
		.group = loss_fields,
		.help = "drop packets",
	},
	{
		.name = "duplicate",
		.type = FIELD_GROUP,
		.group = duplicate_fields,
		.help = "send packets twice",
	},
	{
		.name = "corrupt",
		.type = FIELD_GROUP,
		.group = corrupt_fields,
		.help = "flip one bit in packets",
	},
	{
		.name = "reorder",
		.type = FIELD_GROUP,
		.group = reorder_fields,
		.help = "let packets overtake others; its delay may be left to latency",
	},
	{
		.name = "bandwidth",
		.type = FIELD_GROUP,
		.group = rate_fields,
		.help = "limit the rate",
	},
	{
		.name = "slot",
		.type = FIELD_GROUP,
		.group = slot_fields,
		.help = "let packets leave only when a slot begins",
	},
	{
		.name = "limit",
		.type = FIELD_COUNT,
		.offset = offsetof(struct fault_params, network.limit),
		.minimum = 1,
		.maximum = NETWORK_LIMIT_MAX,
		.help = "packets that may wait, or they are dropped; by default enough for the "
			"delay",
	},
	{
		.name = "profile",
		.type = FIELD_CHOICE,
		.offset = offsetof(struct fault_params, profile),
		.choices = profile_names,
		.help = "a kind of network, whose figures hold for what is not given here",
	},
	{0},
};

int percent_check(double percent, struct err *err)
{
	if (percent == 0.0)
		return err_field(err, "percent", "must be more than 0%%");
	return 0;
}

static int rate_check(const struct impairment *network, struct err *err)
{
	if (network->cell_overhead != 0 && network->cell_size == 0)
		return err_field(err, "cell_overhead", "has no meaning without cell_size");
	if (network->cell_overhead < 0 && -network->cell_overhead >= (int64_t)network->cell_size)
		return err_field(err, "cell_overhead", "leaves nothing of the cell");
	return 0;
}

static int validate(struct fault_params *params, struct err *err)
{
	const struct impairment *network = &params->network;

	if (latency_check(params, err) < 0 || loss_check(params, err) < 0 ||
		reorder_check(params, err) < 0 || rate_check(network, err) < 0 ||
		slot_check(params, err) < 0)
		return -1;
	if (network->delay_ns == 0 && loss_model_mean(network) == 0.0 &&
		network->duplicate == 0.0 && network->corrupt == 0.0 && network->rate_bits == 0 &&
		!slots_are_used(&network->slots))
		return err_set(err, ERR_USAGE, 0,
			"does nothing: give at least one of latency, loss, duplicate, corrupt, "
			"reorder, bandwidth, slot and profile");
	return 0;
}

const struct fault_kind fault_network = {
	.name = "network",
	.summary = "several network faults together, in one queue",
	.example = "network: { target: users, latency: { delay: 100ms }, loss: { percent: 1% } }",
	.network = true,
	.fields = fields,
	.validate = validate,
	.plan = network_plan,
};
