/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/tbf.h"

#include <inttypes.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <math.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "faults/netem_text.h"
#include "faults/network.h"
#include "faults/qdisc.h"

#define NS_PER_SECOND 1000000000.0

/* A tick of the packet scheduler (PSCHED_SHIFT in the kernel) has been 64 ns since Linux 2.6.31. */
#define NS_PER_TICK 64.0

uint64_t tbf_largest_packet(unsigned int mtu)
{
	return (uint64_t)mtu + 18;
}

/* Ten milliseconds of the rate: what a timer tick at 100 Hz lets through, as tc-tbf(8) advises.
 * Never less than a few packets, because one that does not fit into the bucket is dropped. */
uint64_t tbf_default_burst(uint64_t rate_bits, unsigned int mtu)
{
	uint64_t packets = 2 * tbf_largest_packet(mtu);
	uint64_t burst = rate_bits / 8 / 100;

	if (burst < packets)
		burst = packets;
	return burst > TBF_BURST_MAX ? TBF_BURST_MAX : burst;
}

/* As tc-tbf(8) does it: the smaller of what the rate and its burst, and the peak and its own, let
 * through in that time. */
uint32_t tbf_queue_bytes(const struct impairment *impairment)
{
	int64_t queue_ns = impairment->queue_ns == 0 ? TBF_QUEUE_NS : impairment->queue_ns;
	double seconds = (double)queue_ns / NS_PER_SECOND;
	uint64_t rate = impairment->rate_bits / 8;
	uint64_t peak = impairment->peak_bits / 8;
	double limit = (double)rate * seconds + (double)impairment->burst_bytes;

	if (peak != 0)
		limit = fmin(limit, (double)peak * seconds + (double)impairment->peak_burst_bytes);
	return limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
}

static uint32_t transmit_ticks(uint64_t bytes_per_second, uint64_t size)
{
	double ticks = NS_PER_SECOND / NS_PER_TICK * (double)size / (double)bytes_per_second;

	return ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks;
}

static struct tc_ratespec rate_spec(uint64_t bytes_per_second)
{
	return (struct tc_ratespec){
		.linklayer = TC_LINKLAYER_ETHERNET,
		.cell_align = -1,
		.rate = bytes_per_second > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes_per_second,
	};
}

static int write_parameters(struct nl_msg *message, const struct impairment *impairment)
{
	uint64_t rate = impairment->rate_bits / 8;
	uint64_t peak = impairment->peak_bits / 8;
	struct tc_tbf_qopt options = {
		.rate = rate_spec(rate),
		.limit = tbf_queue_bytes(impairment),
		/* for kernels before 3.17, which do not know TCA_TBF_BURST */
		.buffer = transmit_ticks(rate, impairment->burst_bytes),
	};

	if (peak != 0) {
		options.peakrate = rate_spec(peak);
		options.mtu = transmit_ticks(peak, impairment->peak_burst_bytes);
	}
	if (nla_put(message, TCA_TBF_PARMS, sizeof(options), &options) < 0 ||
		nla_put_u32(message, TCA_TBF_BURST, (uint32_t)impairment->burst_bytes) < 0)
		return -1;
	if (rate > UINT32_MAX && nla_put_u64(message, TCA_TBF_RATE64, rate) < 0)
		return -1;
	if (peak > UINT32_MAX && nla_put_u64(message, TCA_TBF_PRATE64, peak) < 0)
		return -1;
	if (peak != 0 &&
		nla_put_u32(message, TCA_TBF_PBURST, (uint32_t)impairment->peak_burst_bytes) < 0)
		return -1;
	return 0;
}

/* Of an impairment without a rate, which a fault that changes may come to: as good as none. */
static struct impairment with_rate(const struct impairment *impairment)
{
	struct impairment limited = *impairment;

	if (limited.rate_bits == 0) {
		limited.rate_bits = (uint64_t)NETWORK_RATE_MAX;
		limited.burst_bytes = TBF_BURST_MAX;
	}
	return limited;
}

static int write_options(struct nl_msg *message, const struct operation_context *context,
	const struct operation *operation)
{
	const struct impairment limited = with_rate(&operation->impairment);
	struct nlattr *nest = nla_nest_start(message, TCA_OPTIONS);

	(void)context;
	if (nest == NULL || write_parameters(message, &limited) < 0)
		return -1;
	nla_nest_end(message, nest);
	return 0;
}

/* Every drop is one of a full queue, which is what was asked for: a rate that the sender does not
 * keep to has no other way. */
static void read_evidence(
	const struct operation *operation, const struct qdisc *qdisc, struct evidence *ret_evidence)
{
	(void)operation;
	*ret_evidence = (struct evidence){
		.source = EVIDENCE_QDISC,
		.packets = qdisc->packets,
		.bytes = qdisc->bytes,
		.dropped = qdisc->drops,
		.backlog_packets = qdisc->backlog_packets,
	};
}

static void describe_options(const struct operation *operation, FILE *out)
{
	tbf_describe(&operation->impairment, out);
}

const struct qdisc_kind qdisc_tbf = {
	.name = "tbf",
	.write_options = write_options,
	.read_evidence = read_evidence,
	.describe = describe_options,
};

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	return qdisc_prepare(&qdisc_tbf, context, operation, err);
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	return qdisc_apply(&qdisc_tbf, context, operation, err);
}

static int change(struct operation_context *context, const struct operation *operation,
	const struct impairment *impairment, struct err *err)
{
	return qdisc_change(&qdisc_tbf, context, operation, impairment, err);
}

static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	return qdisc_undo(&qdisc_tbf, context, operation, evidence, err);
}

static int observe(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	return qdisc_observe(&qdisc_tbf, context, operation, evidence, err);
}

void tbf_describe(const struct impairment *impairment, FILE *out)
{
	fputs("tbf rate ", out);
	rate_describe(impairment->rate_bits, out);
	fprintf(out, " burst %" PRIu64, impairment->burst_bytes);
	if (impairment->peak_bits != 0) {
		fputs(" peakrate ", out);
		rate_describe(impairment->peak_bits, out);
		fprintf(out, " mtu %" PRIu64, impairment->peak_burst_bytes);
	}
	fprintf(out, " limit %" PRIu32, tbf_queue_bytes(impairment));
}

static void describe(const struct operation *operation, FILE *out)
{
	qdisc_describe(&qdisc_tbf, operation, out);
}

const struct operation_ops operation_tbf = {
	.name = "tbf",
	.prepare = prepare,
	.apply = apply,
	.change = change,
	.undo = undo,
	.observe = observe,
	.describe = describe,
};
