/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/features_nft.h"

#include <netinet/in.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <linux/netfilter.h>

#include "faults/nft_rule.h"

#define TABLE "perturb_00000000"

/* Priorities of linux/netfilter_ipv4.h, which cannot be included beside others. */
#define PRIORITY_RAW	(-300)
#define PRIORITY_DSTNAT (-100)

static void drop(struct nft_batch *batch)
{
	nft_add_verdict(batch, NF_DROP);
}

static void count_connections(struct nft_batch *batch)
{
	nft_match_connections_over(batch, 1);
}

static void redirect(struct nft_batch *batch)
{
	nft_match_protocol(batch, IPPROTO_TCP);
	nft_add_redirect(batch, 1);
}

/* Does the kernel take a rule with these expressions? */
static bool takes(struct nl_sock *socket, const struct nft_place *place,
	void (*add_expressions)(struct nft_batch *batch))
{
	struct nft_batch batch;
	bool taken;

	nft_begin(&batch, TABLE);
	nft_chain(&batch, "chain", place);
	nft_rule_begin(&batch, "chain");
	add_expressions(&batch);
	nft_rule_end(&batch);
	taken = nft_commit(&batch, socket, NULL) == 0;
	nft_release(&batch);
	if (taken)
		(void)nft_remove(socket, TABLE, NULL);
	return taken;
}

void features_ask_nft(struct features *features)
{
	static const struct nft_place filter = {"filter", NF_INET_LOCAL_OUT, PRIORITY_RAW};
	static const struct nft_place nat = {"nat", NF_INET_LOCAL_OUT, PRIORITY_DSTNAT};
	struct nl_sock *socket = nl_socket_alloc();

	if (socket == NULL)
		return;
	nl_socket_disable_auto_ack(socket);
	if (nl_connect(socket, NETLINK_NETFILTER) == 0) {
		features->nf_tables = takes(socket, &filter, drop);
		features->nft_reject = features->nf_tables && takes(socket, &filter, nft_add_reset);
		features->nft_connlimit =
			features->nf_tables && takes(socket, &filter, count_connections);
		features->nft_redirect = features->nf_tables && takes(socket, &nat, redirect);
	}
	nl_socket_free(socket);
}
