/* SPDX-License-Identifier: Apache-2.0 */
/* The token bucket that cuts packets to size, and does nothing else to them. */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "faults/qdisc.h"
#include "faults/tbf.h"

/* Bytes per second: so many that a packet takes less than the nanosecond which the kernel counts
 * in, and so nothing. */
#define RATE UINT64_C(1000000000000000)

static uint32_t largest(const struct operation *operation)
{
	return (uint32_t)tbf_largest_packet(operation->mtu);
}

static int write_options(struct nl_msg *message, const struct operation_context *context,
	const struct operation *operation)
{
	struct tc_tbf_qopt options = {
		.rate = {.linklayer = TC_LINKLAYER_ETHERNET, .cell_align = -1, .rate = UINT32_MAX},
		.limit = UINT32_MAX / 2, /* of a queue that the fault's takes the place of */
	};
	struct nlattr *nest = nla_nest_start(message, TCA_OPTIONS);

	(void)context;
	if (nest == NULL || nla_put(message, TCA_TBF_PARMS, sizeof(options), &options) < 0 ||
		nla_put_u32(message, TCA_TBF_BURST, largest(operation)) < 0 ||
		nla_put_u64(message, TCA_TBF_RATE64, RATE) < 0)
		return -1;
	nla_nest_end(message, nest);
	return 0;
}

static void describe(const struct operation *operation, FILE *out)
{
	fprintf(out, "tbf rate %llubps burst %u limit %u", (unsigned long long)RATE,
		largest(operation), UINT32_MAX / 2);
}

const struct qdisc_kind qdisc_segmenter = {
	.name = "tbf",
	.write_options = write_options,
	.describe = describe,
};
