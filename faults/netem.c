/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netem - the kernel's network emulator as the root queueing discipline of an interface.
 *
 * The options are written as iproute2 (tc/q_netem.c) writes them, because libnl knows neither
 * rates nor 64-bit delays: its delays wrap at 274 seconds.
 */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <math.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "faults/distribution.h"
#include "faults/loss_model.h"
#include "faults/netem_text.h"
#include "faults/probability.h"
#include "faults/qdisc.h"

static int write_delay(struct nl_msg *message, const struct impairment *impairment)
{
	if (nla_put_s64(message, TCA_NETEM_LATENCY64, impairment->delay_ns) < 0)
		return -1;
	return nla_put_s64(message, TCA_NETEM_JITTER64, impairment->jitter_ns);
}

static int write_distribution(struct nl_msg *message, const struct impairment *impairment)
{
	enum distribution distribution = (enum distribution)impairment->distribution;
	int16_t table[DISTRIBUTION_SIZE];

	if (distribution == DISTRIBUTION_UNIFORM || impairment->jitter_ns == 0)
		return 0;
	distribution_fill(distribution, table);
	return nla_put(message, TCA_NETEM_DELAY_DIST, sizeof(table), table);
}

static int write_correlations(struct nl_msg *message, const struct impairment *impairment)
{
	struct tc_netem_corr correlation = {
		.delay_corr = probability(impairment->delay_correlation),
		.loss_corr = probability(impairment->loss_correlation),
		.dup_corr = probability(impairment->duplicate_correlation),
	};

	if (correlation.delay_corr == 0 && correlation.loss_corr == 0 && correlation.dup_corr == 0)
		return 0;
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
	if (!impairment->ecn)
		return 0;
	return nla_put_u32(message, TCA_NETEM_ECN, 1);
}

static int write_reorder(struct nl_msg *message, const struct impairment *impairment)
{
	struct tc_netem_reorder reorder = {
		.probability = probability(impairment->reorder),
		.correlation = probability(impairment->reorder_correlation),
	};

	if (reorder.probability == 0)
		return 0;
	return nla_put(message, TCA_NETEM_REORDER, sizeof(reorder), &reorder);
}

static int write_corrupt(struct nl_msg *message, const struct impairment *impairment)
{
	struct tc_netem_corrupt corrupt = {
		.probability = probability(impairment->corrupt),
		.correlation = probability(impairment->corrupt_correlation),
	};

	if (corrupt.probability == 0)
		return 0;
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

	if (bytes == 0)
		return 0;
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

static int write_options(struct nl_msg *message, const struct impairment *impairment)
{
	struct tc_netem_qopt options = {
		.limit = impairment->limit,
		.loss = probability(impairment->loss),
		.duplicate = probability(impairment->duplicate),
		.gap = effective_gap(impairment),
	};
	struct nlattr *nest = nla_nest_start(message, TCA_OPTIONS);

	if (nest == NULL || nlmsg_append(message, &options, sizeof(options), NLA_ALIGNTO) < 0 ||
		write_delay(message, impairment) < 0 ||
		write_correlations(message, impairment) < 0 ||
		write_loss_model(message, impairment) < 0 || write_ecn(message, impairment) < 0 ||
		write_reorder(message, impairment) < 0 || write_corrupt(message, impairment) < 0 ||
		write_rate(message, impairment) < 0 || write_distribution(message, impairment) < 0)
		return -1;
	nla_nest_end(message, nest);
	return 0;
}

/* How much of a packet's fate is that of the one before. What is left of a state of Gilbert and
 * Elliott after a packet is an upper bound for their losses. */
static double loss_correlation(const struct impairment *impairment)
{
	const struct gilbert_elliott *gemodel = &impairment->gemodel;
	double correlation = fmin(impairment->loss_correlation / 100.0, 0.99);

	if (loss_model_of(impairment) == LOSS_GILBERT_ELLIOTT)
		correlation = fmax(1.0 - (gemodel->p + gemodel->r) / 100.0, 0.0);
	return correlation;
}

/*
 * netem has one counter for drops, but two reasons: the loss that was asked for, and a full queue.
 * With no loss asked, all were for a full queue. Otherwise the asked ones are estimated.
 *
 * A packet is lost with p(1 - d), because one that netem has already duplicated survives as its
 * copy (p: loss, d: duplicate). So of n packets that came, n(1 + d(1 - p)) were sent, held or
 * dropped in one way or the other, and n p(1 - d) were dropped on purpose. Only an excess of more
 * than five standard deviations is called a full queue. Correlation makes losses come in bursts
 * and, below 50%, rarer than asked, so the estimate stays on the high side; above, nothing
 * can be told apart, and neither can it with the bursts of the four states.
 *
 * With ECN, a packet that is marked counts as a drop and as sent, whether netem duplicates it or
 * not. Nobody knows how many were, so both estimates are on the high side then.
 */
static double asked_drops(const struct impairment *impairment, const struct qdisc *qdisc)
{
	enum loss_model model = loss_model_of(impairment);
	double loss = loss_model_mean(impairment);
	double duplicate = impairment->duplicate / 100.0;
	double correlation = loss_correlation(impairment);
	double seen = (double)(qdisc->packets + qdisc->backlog_packets + qdisc->drops);
	double came = impairment->ecn ? seen : seen / (1.0 + duplicate * (1.0 - loss));
	double chance = impairment->ecn ? loss : loss * (1.0 - duplicate);
	double deviation =
		sqrt(came * chance * (1.0 - chance) * (1.0 + correlation) / (1.0 - correlation));

	if (loss == 0.0)
		return 0.0;
	if (model == LOSS_FOUR_STATE ||
		(model == LOSS_INDEPENDENT && correlation > 0.0 && loss > 0.5))
		return (double)qdisc->drops;
	if ((double)qdisc->drops <= came * chance + 5.0 * deviation + 1.0)
		return (double)qdisc->drops;
	return came * chance;
}

static void read_evidence(
	const struct operation *operation, const struct qdisc *qdisc, struct evidence *ret_evidence)
{
	uint64_t asked = (uint64_t)llrint(asked_drops(&operation->impairment, qdisc));

	*ret_evidence = (struct evidence){
		.source = EVIDENCE_QDISC,
		.packets = qdisc->packets,
		.bytes = qdisc->bytes,
		.dropped = asked,
		.overlimit_drops = qdisc->drops - asked,
		.backlog_packets = qdisc->backlog_packets,
	};
}

static const struct qdisc_kind netem = {
	.name = "netem",
	.write_options = write_options,
	.read_evidence = read_evidence,
};

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	return qdisc_prepare(&netem, context, operation, err);
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	return qdisc_apply(&netem, context, operation, err);
}

static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	return qdisc_undo(&netem, context, operation, evidence, err);
}

static int observe(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	return qdisc_observe(&netem, context, operation, evidence, err);
}

static void describe(const struct operation *operation, FILE *out)
{
	qdisc_describe(operation, out);
	netem_describe(&operation->impairment, out);
}

const struct operation_ops operation_netem = {
	.name = "netem",
	.prepare = prepare,
	.apply = apply,
	.undo = undo,
	.observe = observe,
	.describe = describe,
};
