/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netem - the kernel's network emulator as the root queueing discipline of an interface.
 */
#include <math.h>

#include "faults/loss_model.h"
#include "faults/netem_options.h"
#include "faults/netem_text.h"
#include "faults/qdisc.h"

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
	uint64_t asked = qdisc->drops;

	/* What was asked for all along the way of one that changed, nobody has counted. */
	if (!operation->changed)
		asked = (uint64_t)llrint(asked_drops(&operation->impairment, qdisc));

	*ret_evidence = (struct evidence){
		.source = EVIDENCE_QDISC,
		.packets = qdisc->packets,
		.bytes = qdisc->bytes,
		.dropped = asked,
		.overlimit_drops = qdisc->drops - asked,
		.backlog_packets = qdisc->backlog_packets,
	};
}

static void describe_options(const struct operation *operation, FILE *out)
{
	netem_describe(&operation->impairment, out);
}

const struct qdisc_kind qdisc_netem = {
	.name = "netem",
	.write_options = netem_write_options,
	.read_evidence = read_evidence,
	.describe = describe_options,
};

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	return qdisc_prepare(&qdisc_netem, context, operation, err);
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	return qdisc_apply(&qdisc_netem, context, operation, err);
}

static int change(struct operation_context *context, const struct operation *operation,
	const struct impairment *impairment, struct err *err)
{
	return qdisc_change(&qdisc_netem, context, operation, impairment, err);
}

static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	return qdisc_undo(&qdisc_netem, context, operation, evidence, err);
}

static int observe(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	return qdisc_observe(&qdisc_netem, context, operation, evidence, err);
}

static void describe(const struct operation *operation, FILE *out)
{
	qdisc_describe(&qdisc_netem, operation, out);
}

const struct operation_ops operation_netem = {
	.name = "netem",
	.prepare = prepare,
	.apply = apply,
	.change = change,
	.undo = undo,
	.observe = observe,
	.describe = describe,
};
