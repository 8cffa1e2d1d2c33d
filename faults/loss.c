/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/loss_model.h"
#include "faults/network.h"
#include "faults/probability.h"

/* A chance of zero would leave a state for ever, or never. */
#define LEAST_PERCENT 1e-6

static const struct field gemodel_fields[] = {
	{
		.name = "p",
		.type = FIELD_PERCENT,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, network.gemodel.p),
		.minimum = LEAST_PERCENT,
		.maximum = 100,
		.help = "chance that a packet changes the good state into the bad one",
	},
	{
		.name = "r",
		.type = FIELD_PERCENT,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, network.gemodel.r),
		.minimum = LEAST_PERCENT,
		.maximum = 100,
		.help = "chance that a packet changes it back: 1/r packets are a mean burst",
	},
	{
		.name = "bad_loss",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.gemodel.bad_loss),
		.maximum = 100,
		.fallback = "100%",
		.help = "share that is dropped in the bad state (1-h in tc-netem(8))",
	},
	{
		.name = "good_loss",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.gemodel.good_loss),
		.maximum = 100,
		.fallback = "0%",
		.help = "share that is dropped in the good state (1-k in tc-netem(8))",
	},
	{0},
};

static const struct field state_fields[] = {
	{
		.name = "p13",
		.type = FIELD_PERCENT,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, network.four_state.p13),
		.minimum = LEAST_PERCENT,
		.maximum = 100,
		.help = "chance that a burst of losses begins",
	},
	{
		.name = "p31",
		.type = FIELD_PERCENT,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, network.four_state.p31),
		.minimum = LEAST_PERCENT,
		.maximum = 100,
		.help = "chance that a burst ends after a loss",
	},
	{
		.name = "p32",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.four_state.p32),
		.maximum = 100,
		.fallback = "0%",
		.help = "chance that packets get through within a burst, after a loss",
	},
	{
		.name = "p23",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.four_state.p23),
		.minimum = LEAST_PERCENT,
		.maximum = 100,
		.fallback = "100%",
		.help = "chance that the losses of the burst go on, after such a packet",
	},
	{
		.name = "p14",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.four_state.p14),
		.maximum = 100,
		.fallback = "0%",
		.help = "chance of a loss by itself, between bursts",
	},
	{0},
};

const struct field loss_fields[] = {
	{
		.name = "percent",
		.type = FIELD_PERCENT,
		.flags = FIELD_ALTERNATIVE,
		.offset = offsetof(struct fault_params, network.loss),
		.maximum = 100,
		.help = "share of the packets that is dropped; this, gemodel or state is required",
	},
	{
		.name = "correlation",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, network.loss_correlation),
		.maximum = 100,
		.help = "with percent: how much a packet's fate depends on that of the one before",
	},
	{
		.name = "gemodel",
		.type = FIELD_GROUP,
		.flags = FIELD_ALTERNATIVE,
		.group = gemodel_fields,
		.help = "instead of percent: bursts by the model of Gilbert and Elliott",
	},
	{
		.name = "state",
		.type = FIELD_GROUP,
		.flags = FIELD_ALTERNATIVE,
		.group = state_fields,
		.help = "instead of percent: bursts by a Markov chain of four states",
	},
	{
		.name = "ecn",
		.type = FIELD_BOOLEAN,
		.offset = offsetof(struct fault_params, network.ecn),
		.help = "mark packets that are capable of ECN instead of dropping them",
	},
	{0},
};

/* Two ways out of one state. In netem they must not add up to more than 2^32 - 1, or the sum wraps,
 * and two halves that are rounded up already do: the second way gives way by that last bit. */
static int check_ways(const char *first_name, double first, const char *second_name, double *second,
	struct err *err)
{
	uint64_t sum;

	if (first + *second > 100.0)
		return err_field(
			err, second_name, "and %s are more than 100%% together", first_name);
	sum = (uint64_t)probability(first) + probability(*second);
	if (sum > UINT32_MAX)
		*second = (double)(UINT32_MAX - probability(first)) * 100.0 / UINT32_MAX;
	return 0;
}

int loss_check(struct fault_params *params, struct err *err)
{
	struct impairment *network = &params->network;
	struct four_state *four_state = &network->four_state;

	switch (loss_model_of(network)) {
	case LOSS_GILBERT_ELLIOTT:
		if (loss_model_mean(network) == 0.0)
			return err_field(err, "bad_loss", "and good_loss of 0%% lose nothing");
		break;
	case LOSS_FOUR_STATE:
		if (check_ways("p13", four_state->p13, "p14", &four_state->p14, err) < 0 ||
			check_ways("p31", four_state->p31, "p32", &four_state->p32, err) < 0)
			return -1;
		break;
	case LOSS_INDEPENDENT:
		if (network->ecn && network->loss == 0.0)
			return err_field(err, "ecn", "marks nothing with a loss of 0%%");
		return 0;
	}
	if (network->loss_correlation > 0.0)
		return err_field(err, "correlation", "goes with percent only");
	return 0;
}

static int validate(struct fault_params *params, struct err *err)
{
	if (loss_model_of(&params->network) == LOSS_INDEPENDENT)
		return percent_check(params->network.loss, err);
	return loss_check(params, err);
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
