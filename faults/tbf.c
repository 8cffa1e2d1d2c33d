/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/tbf.h"

#include <inttypes.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "faults/netem_text.h"
#include "faults/qdisc.h"

#define NS_PER_SECOND 1000000000.0

/* A tick of the packet scheduler (PSCHED_SHIFT in the kernel) has been 64 ns since Linux 2.6.31. */
#define NS_PER_TICK 64.0

/* How long a packet may wait for tokens before the queue counts as full: as in most examples of
 * tc-tbf(8), enough for TCP to keep the rate, and no more. */
#define QUEUE_SECONDS 0.1

/* Ten milliseconds of the rate: what a timer tick at 100 Hz lets through, as tc-tbf(8) advises.
 * Never less than a few packets, because one that does not fit into the bucket is dropped. */
uint64_t tbf_default_burst(uint64_t rate_bits, unsigned int mtu)
{
	const uint64_t link_header = 18; /* Ethernet with a VLAN tag */
	uint64_t packets = 2 * (mtu + link_header);
	uint64_t burst = rate_bits / 8 / 100;

	if (burst < packets)
		burst = packets;
	return burst > TBF_BURST_MAX ? TBF_BURST_MAX : burst;
}

static uint32_t queue_limit(const struct impairment *impairment)
{
	double bytes = (double)impairment->rate_bits / 8.0 * QUEUE_SECONDS;
	double limit = bytes + (double)impairment->burst_bytes;

	return limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
}

static uint32_t transmit_ticks(uint64_t bytes_per_second, uint64_t size)
{
	double ticks = NS_PER_SECOND / NS_PER_TICK * (double)size / (double)bytes_per_second;

	return ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks;
}

static int write_options(struct nl_msg *message, const struct impairment *impairment)
{
	uint64_t bytes_per_second = impairment->rate_bits / 8;
	uint32_t burst = (uint32_t)impairment->burst_bytes;
	struct tc_tbf_qopt options = {
		.rate =
			{
				.linklayer = TC_LINKLAYER_ETHERNET,
				.cell_align = -1,
				.rate = bytes_per_second > UINT32_MAX ? UINT32_MAX
								      : (uint32_t)bytes_per_second,
			},
		.limit = queue_limit(impairment),
		/* for kernels before 3.17, which do not know TCA_TBF_BURST */
		.buffer = transmit_ticks(bytes_per_second, burst),
	};
	struct nlattr *nest = nla_nest_start(message, TCA_OPTIONS);

	if (nest == NULL || nla_put(message, TCA_TBF_PARMS, sizeof(options), &options) < 0 ||
		nla_put_u32(message, TCA_TBF_BURST, burst) < 0)
		return -1;
	if (bytes_per_second > UINT32_MAX &&
		nla_put_u64(message, TCA_TBF_RATE64, bytes_per_second) < 0)
		return -1;
	nla_nest_end(message, nest);
	return 0;
}

/* Every drop is one of a full queue: a rate that the sender does not keep to has no other way. */
static void read_evidence(
	const struct operation *operation, const struct qdisc *qdisc, struct evidence *ret_evidence)
{
	(void)operation;
	*ret_evidence = (struct evidence){
		.source = EVIDENCE_QDISC,
		.packets = qdisc->packets,
		.bytes = qdisc->bytes,
		.overlimit_drops = qdisc->drops,
		.backlog_packets = qdisc->backlog_packets,
	};
}

static const struct qdisc_kind tbf = {
	.name = "tbf",
	.write_options = write_options,
	.read_evidence = read_evidence,
};

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	return qdisc_prepare(&tbf, context, operation, err);
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	return qdisc_apply(&tbf, context, operation, err);
}

static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	return qdisc_undo(&tbf, context, operation, evidence, err);
}

static int observe(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	return qdisc_observe(&tbf, context, operation, evidence, err);
}

static void describe(const struct operation *operation, FILE *out)
{
	qdisc_describe(operation, out);
	fputs("tbf rate ", out);
	rate_describe(operation->impairment.rate_bits, out);
	fprintf(out, " burst %" PRIu64 " limit %" PRIu32, operation->impairment.burst_bytes,
		queue_limit(&operation->impairment));
}

const struct operation_ops operation_tbf = {
	.name = "tbf",
	.prepare = prepare,
	.apply = apply,
	.undo = undo,
	.observe = observe,
	.describe = describe,
};
