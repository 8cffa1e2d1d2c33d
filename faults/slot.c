/* SPDX-License-Identifier: Apache-2.0 */
/* The slots of tc-netem(8): a part of "network". */
#include "faults/distribution.h"
#include "faults/network.h"

const struct field slot_fields[] = {
	{
		.name = "min_delay",
		.type = FIELD_DURATION,
		.offset = offsetof(struct fault_params, network.slots.minimum_ns),
		.maximum = NETWORK_SLOT_MAX,
		.help = "shortest time from slot to slot",
	},
	{
		.name = "max_delay",
		.type = FIELD_DURATION,
		.offset = offsetof(struct fault_params, network.slots.maximum_ns),
		.maximum = NETWORK_SLOT_MAX,
		.help = "longest time from slot to slot; by default min_delay",
	},
	{
		.name = "delay",
		.type = FIELD_DURATION,
		.offset = offsetof(struct fault_params, network.slots.delay_ns),
		.minimum = NETWORK_DELAY_MIN,
		.maximum = NETWORK_SLOT_MAX,
		.help = "instead of both: mean time from slot to slot",
	},
	{
		.name = "jitter",
		.type = FIELD_DURATION,
		.offset = offsetof(struct fault_params, network.slots.jitter_ns),
		.maximum = NETWORK_SLOT_MAX,
		.help = "random spread around delay; at most delay",
	},
	{
		.name = "distribution",
		.type = FIELD_CHOICE,
		.offset = offsetof(struct fault_params, network.slots.distribution),
		.fallback = "uniform",
		.choices = distribution_names,
		.help = "shape of this jitter; for all but uniform, it is the standard deviation",
	},
	{
		.name = "table",
		.type = FIELD_FILE,
		.offset = offsetof(struct fault_params, slot_table_file),
		.help = "instead of distribution: a file with the shape, as tc has them (*.dist)",
	},
	{
		.name = "packets",
		.type = FIELD_COUNT,
		.offset = offsetof(struct fault_params, network.slots.packets),
		.maximum = INT32_MAX,
		.help = "packets that leave in one slot; 0: any number",
	},
	{
		.name = "bytes",
		.type = FIELD_SIZE,
		.offset = offsetof(struct fault_params, network.slots.bytes),
		.maximum = INT32_MAX,
		.help = "bytes that leave in one slot, the last packet whole; 0B: any number",
	},
	{0},
};

static int check_shape(const struct fault_params *params, struct err *err)
{
	const struct slot_pattern *slots = &params->network.slots;
	const bool table = params->slot_table_file[0] != '\0';
	const bool shaped = slots->distribution != DISTRIBUTION_UNIFORM || table;

	if (slots->jitter_ns > slots->delay_ns)
		return err_field(err, "slot", "jitter must not exceed delay");
	if (shaped && slots->jitter_ns == 0)
		return err_field(err, "slot", "%s has no meaning without delay and jitter",
			table ? "table" : "distribution");
	if (table && slots->distribution != DISTRIBUTION_UNIFORM)
		return err_field(err, "slot", "table excludes distribution: give one of them");
	return 0;
}

static int64_t whole_microseconds(int64_t ns)
{
	return ns - ns % 1000;
}

/* What lies evenly around a delay lies between two, as netem takes it. */
static void normalise(struct slot_pattern *slots, bool shaped)
{
	if (!shaped && slots->delay_ns != 0) {
		slots->minimum_ns = slots->delay_ns - slots->jitter_ns;
		slots->maximum_ns = slots->delay_ns + slots->jitter_ns;
		slots->delay_ns = 0;
		slots->jitter_ns = 0;
	}
	if (slots->maximum_ns == 0)
		slots->maximum_ns = slots->minimum_ns;
	slots->minimum_ns = whole_microseconds(slots->minimum_ns);
	slots->maximum_ns = whole_microseconds(slots->maximum_ns);
	slots->delay_ns = whole_microseconds(slots->delay_ns);
	slots->jitter_ns = whole_microseconds(slots->jitter_ns);
}

int slot_check(struct fault_params *params, struct err *err)
{
	struct slot_pattern *slots = &params->network.slots;

	if (slots->delay_ns != 0 && (slots->minimum_ns != 0 || slots->maximum_ns != 0))
		return err_field(err, "slot", "delay excludes min_delay and max_delay");
	if (slots->maximum_ns != 0 && slots->maximum_ns < slots->minimum_ns)
		return err_field(err, "slot", "max_delay must not be less than min_delay");
	if (check_shape(params, err) < 0)
		return -1;
	normalise(slots,
		slots->distribution != DISTRIBUTION_UNIFORM || params->slot_table_file[0] != '\0');
	if ((slots->packets != 0 || slots->bytes != 0) && !slots_are_used(slots))
		return err_field(err, "slot", "needs min_delay or delay: how often one begins");
	return 0;
}
