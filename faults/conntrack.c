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
#define NAMES_PROTOCOL	  (1U << 3)
#define NAMES_DESTINATION (1U << 5)

static bool put_flow(struct nl_msg *request, uint16_t port)
{
	struct nlattr *flow = nla_nest_start(request, CTA_TUPLE_ORIG);
	struct nlattr *protocol = flow == NULL ? NULL : nla_nest_start(request, CTA_TUPLE_PROTO);

	if (protocol == NULL || nla_put_u8(request, CTA_PROTO_NUM, IPPROTO_UDP) < 0 ||
		nla_put_u16(request, CTA_PROTO_DST_PORT, htons(port)) < 0)
		return false;
	nla_nest_end(request, protocol);
	nla_nest_end(request, flow);
	return true;
}

static bool put_filter(struct nl_msg *request)
{
	struct nlattr *filter = nla_nest_start(request, FILTER);

	if (filter == NULL ||
		nla_put_u32(request, FILTER_ORIGINAL, NAMES_PROTOCOL | NAMES_DESTINATION) < 0)
		return false;
	nla_nest_end(request, filter);
	return true;
}

static void forget(struct nl_sock *socket, uint8_t family, uint16_t port)
{
	const struct nfgenmsg header = {.nfgen_family = family, .version = NFNETLINK_V0};
	cleanup_message struct nl_msg *request = nlmsg_alloc();
	struct err ignored;

	if (request == NULL ||
		nlmsg_put(request, NL_AUTO_PORT, NL_AUTO_SEQ,
			NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, 0,
			NLM_F_REQUEST | NLM_F_ACK) == NULL ||
		nlmsg_append(request, (void *)(uintptr_t)&header, sizeof(header), NLMSG_ALIGNTO) <
			0 ||
		!put_flow(request, port) || !put_filter(request))
		return;
	(void)netlink_exchange(socket, request, NULL, NULL, &ignored);
}

void conntrack_forget_udp(struct nl_sock *socket, uint16_t port)
{
	forget(socket, AF_INET, port);
	forget(socket, AF_INET6, port);
}
