/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/netem_options.h"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "faults/distribution.h"
#include "faults/distribution_table.h"
#include "faults/loss_model.h"
#include "faults/probability.h"

/* Two tables, and what is written besides: the options are one attribute, whose length has 16 bits.
 */
#define MESSAGE_SIZE_MAX (64 * 1024 + 1024)

static int write_delay(struct nl_msg *message, const struct impairment *impairment)
{
	if (nla_put_s64(message, TCA_NETEM_LATENCY64, impairment->delay_ns) < 0)
		return -1;
	return nla_put_s64(message, TCA_NETEM_JITTER64, impairment->jitter_ns);
}

/* The user's table, or the one that iproute2 ships under that name; none for uniform. */
static int write_distribution(struct nl_msg *message, int attribute, int distribution,
	uint32_t table, const struct distribution_tables *tables)
{
	int16_t named[DISTRIBUTION_SIZE];
	const int16_t *deviates = named;
	size_t size = DISTRIBUTION_SIZE;

	if (table != 0) {
		deviates = distribution_table_find(tables, table, &size);
		if (deviates == NULL)
			return -1;
	} else if (distribution == DISTRIBUTION_UNIFORM) {
		return 0;
	} else {
		distribution_fill((enum distribution)distribution, named);
	}
	return nla_put(message, attribute, (int)(size * sizeof(*deviates)), deviates);
}

static int write_delay_distribution(struct nl_msg *message, const struct impairment *impairment,
	const struct distribution_tables *tables)
{
	if (impairment->jitter_ns == 0)
		return 0;
	return write_distribution(
		message, TCA_NETEM_DELAY_DIST, impairment->distribution, impairment->table, tables);
}

static int write_slots(struct nl_msg *message, const struct slot_pattern *slots,
	const struct distribution_tables *tables)
{
	const struct tc_netem_slot slot = {
		.min_delay = slots->minimum_ns,
		.max_delay = slots->maximum_ns,
		.max_packets = (int32_t)slots->packets,
		.max_bytes = (int32_t)slots->bytes,
		.dist_delay = slots->delay_ns,
		.dist_jitter = slots->jitter_ns,
	};

	if (nla_put(message, TCA_NETEM_SLOT, sizeof(slot), &slot) < 0)
		return -1;
	if (slots->jitter_ns == 0)
		return 0;
	return write_distribution(
		message, TCA_NETEM_SLOT_DIST, slots->distribution, slots->table, tables);
}

static int write_correlations(struct nl_msg *message, const struct impairment *impairment)
{
	struct tc_netem_corr correlation = {
		.delay_corr = probability(impairment->delay_correlation),
		.loss_corr = probability(impairment->loss_correlation),
		.dup_corr = probability(impairment->duplicate_correlation),
	};

	return nla_put(message, TCA_NETEM_CORR, sizeof(correlation), &correlation);
}

static int write_gilbert_elliott(struct nl_msg *message, const struct gilbert_elliott *model)
{
	struct tc_netem_gemodel gemodel = {
		.p = probability(model->p),
		.r = probability(model->r),
		.h = UINT32_MAX - probability(model->bad_loss),
		.k1 = probability(model->good_loss),
	};

	return nla_put(message, NETEM_LOSS_GE, sizeof(gemodel), &gemodel);
}

static int write_four_state(struct nl_msg *message, const struct four_state *model)
{
	struct tc_netem_gimodel gimodel = {
		.p13 = probability(model->p13),
		.p31 = probability(model->p31),
		.p32 = probability(model->p32),
		.p14 = probability(model->p14),
		.p23 = probability(model->p23),
	};

	return nla_put(message, NETEM_LOSS_GI, sizeof(gimodel), &gimodel);
}

static int write_loss_model(struct nl_msg *message, const struct impairment *impairment)
{
	enum loss_model model = loss_model_of(impairment);
	struct nlattr *nest;
	int result;

	if (model == LOSS_INDEPENDENT)
		return 0;
	nest = nla_nest_start(message, TCA_NETEM_LOSS);
	if (nest == NULL)
		return -1;
	result = model == LOSS_GILBERT_ELLIOTT
			 ? write_gilbert_elliott(message, &impairment->gemodel)
			 : write_four_state(message, &impairment->four_state);
	nla_nest_end(message, nest);
	return result;
}

static int write_ecn(struct nl_msg *message, const struct impairment *impairment)
{
	return nla_put_u32(message, TCA_NETEM_ECN, impairment->ecn);
}

static int write_reorder(struct nl_msg *message, const struct impairment *impairment)
{
	struct tc_netem_reorder reorder = {
		.probability = probability(impairment->reorder),
		.correlation = probability(impairment->reorder_correlation),
	};

	return nla_put(message, TCA_NETEM_REORDER, sizeof(reorder), &reorder);
}

static int write_corrupt(struct nl_msg *message, const struct impairment *impairment)
{
	struct tc_netem_corrupt corrupt = {
		.probability = probability(impairment->corrupt),
		.correlation = probability(impairment->corrupt_correlation),
	};

	return nla_put(message, TCA_NETEM_CORRUPT, sizeof(corrupt), &corrupt);
}

static int write_rate(struct nl_msg *message, const struct impairment *impairment)
{
	uint64_t bytes = impairment->rate_bits / 8;
	struct tc_netem_rate rate = {
		.rate = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes,
		.packet_overhead = (int32_t)impairment->packet_overhead,
		.cell_size = (uint32_t)impairment->cell_size,
		.cell_overhead = (int32_t)impairment->cell_overhead,
	};

	if (bytes > UINT32_MAX && nla_put_u64(message, TCA_NETEM_RATE64, bytes) < 0)
		return -1;
	return nla_put(message, TCA_NETEM_RATE, sizeof(rate), &rate);
}

/* reorder is a chance per packet only with a gap; the kernel counts packets modulo it. */
static uint32_t effective_gap(const struct impairment *impairment)
{
	if (probability(impairment->reorder) == 0)
		return 0;
	return impairment->reorder_gap == 0 ? 1 : impairment->reorder_gap;
}

/* Also what is zero: what is left out of a change stays as it was. */
static int write_all(struct nl_msg *message, const struct operation *operation,
	const struct distribution_tables *tables)
{
	const struct impairment *impairment = &operation->impairment;

	if (write_delay(message, impairment) < 0 || write_correlations(message, impairment) < 0 ||
		write_loss_model(message, impairment) < 0 || write_ecn(message, impairment) < 0 ||
		write_reorder(message, impairment) < 0 || write_corrupt(message, impairment) < 0 ||
		write_rate(message, impairment) < 0 ||
		write_slots(message, &impairment->slots, tables) < 0 ||
		write_delay_distribution(message, impairment, tables) < 0)
		return -1;
	/* Kernels before 6.6 do not look at it, and take random numbers as they come. */
	return nla_put_u64(message, NETEM_PRNG_SEED, operation_seed(operation));
}

int netem_write_options(struct nl_msg *message, const struct operation_context *context,
	const struct operation *operation)
{
	const struct impairment *impairment = &operation->impairment;
	struct tc_netem_qopt options = {
		.limit = impairment->limit,
		.loss = probability(impairment->loss),
		.duplicate = probability(impairment->duplicate),
		.gap = effective_gap(impairment),
	};
	struct nlattr *nest;

	if ((impairment->table != 0 || impairment->slots.jitter_ns != 0) &&
		nlmsg_expand(message, MESSAGE_SIZE_MAX) < 0)
		return -1;
	nest = nla_nest_start(message, TCA_OPTIONS);
	if (nest == NULL || nlmsg_append(message, &options, sizeof(options), NLA_ALIGNTO) < 0 ||
		write_all(message, operation, context->tables) < 0)
		return -1;
	nla_nest_end(message, nest);
	return 0;
}
