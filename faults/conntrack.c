/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>

#include "faults/netlink.h"

/* Of the kernel's net/netfilter/nf_internals.h: which parts of a flow a filter names. Its
 * attributes are younger than some headers. */
#define FILTER		  25 /* CTA_FILTER */
#define FILTER_ORIGINAL	  1  /* CTA_FILTER_ORIG_FLAGS */
#define FILTER_REPLY	  2  /* CTA_FILTER_REPLY_FLAGS */
#define NAMES_PROTOCOL	  (1U << 3)
#define NAMES_SOURCE	  (1U << 4)
#define NAMES_DESTINATION (1U << 5)

/* One direction of a flow. */
struct way {
	int tuple;  /* CTA_TUPLE_ORIG or CTA_TUPLE_REPLY */
	int port;   /* CTA_PROTO_DST_PORT or CTA_PROTO_SRC_PORT: which of the two it is */
	int filter; /* the attribute that says which parts of the tuple are meant */
	uint32_t meant;
};

static const struct way there = {
	CTA_TUPLE_ORIG, CTA_PROTO_DST_PORT, FILTER_ORIGINAL, NAMES_PROTOCOL | NAMES_DESTINATION};
static const struct way back = {
	CTA_TUPLE_REPLY, CTA_PROTO_SRC_PORT, FILTER_REPLY, NAMES_PROTOCOL | NAMES_SOURCE};

static bool put_way(struct nl_msg *request, const struct way *way, uint16_t port)
{
	struct nlattr *flow = nla_nest_start(request, way->tuple);
	struct nlattr *protocol = flow == NULL ? NULL : nla_nest_start(request, CTA_TUPLE_PROTO);

	if (protocol == NULL || nla_put_u8(request, CTA_PROTO_NUM, IPPROTO_UDP) < 0 ||
		nla_put_u16(request, way->port, htons(port)) < 0)
		return false;
	nla_nest_end(request, protocol);
	nla_nest_end(request, flow);
	return true;
}

static bool put_filter(struct nl_msg *request, bool direct)
{
	struct nlattr *filter = nla_nest_start(request, FILTER);

	if (filter == NULL || nla_put_u32(request, there.filter, there.meant) < 0 ||
		(direct && nla_put_u32(request, back.filter, back.meant) < 0))
		return false;
	nla_nest_end(request, filter);
	return true;
}

static void forget(struct nl_sock *socket, uint8_t family, uint16_t port, bool direct)
{
	struct nfgenmsg header = {.nfgen_family = family, .version = NFNETLINK_V0};
	cleanup_message struct nl_msg *request = nlmsg_alloc();
	struct err ignored;

	if (request == NULL ||
		nlmsg_put(request, NL_AUTO_PORT, NL_AUTO_SEQ,
			NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, 0,
			NLM_F_REQUEST | NLM_F_ACK) == NULL ||
		nlmsg_append(request, &header, sizeof(header), NLMSG_ALIGNTO) < 0 ||
		!put_way(request, &there, port) || (direct && !put_way(request, &back, port)) ||
		!put_filter(request, direct))
		return;
	(void)netlink_exchange(socket, request, NULL, NULL, &ignored);
}

void conntrack_forget_udp(struct nl_sock *socket, uint16_t port)
{
	forget(socket, AF_INET, port, false);
	forget(socket, AF_INET6, port, false);
}

void conntrack_forget_direct_udp(struct nl_sock *socket, uint16_t port)
{
	forget(socket, AF_INET, port, true);
	forget(socket, AF_INET6, port, true);
}
