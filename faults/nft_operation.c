/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/nft_operation.h"

#include <errno.h>

#include "faults/netlink.h"
#include "faults/netns.h"
#include "faults/nft_filter.h"
#include "faults/proc.h"
#include "faults/shell.h"

bool nft_operation_is_one(const struct operation *operation)
{
	return operation->type == OPERATION_NFT;
}

int nft_operation_socket(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err)
{
	return netns_netfilter_socket(context->netns, operation->netns_path,
		operation->netns_device, operation->netns_inode, ret_socket, err);
}

int nft_operation_prepare(
	struct operation_context *context, struct operation *operation, struct err *err)
{
	struct nl_sock *socket;

	if (operation->pid != 0 && !proc_alive(operation->pid, operation->start_time))
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d is gone", (int)operation->pid);
	if (nft_operation_socket(context, operation, &socket, err) < 0)
		return -1;
	return nft_choose_table(operation->table, sizeof(operation->table), err);
}

int nft_operation_apply(struct operation_context *context, struct operation *operation,
	void (*add)(struct nft_batch *batch, const struct operation *operation), struct err *err)
{
	struct nft_batch batch;
	struct nl_sock *socket;
	int result;

	if (nft_operation_socket(context, operation, &socket, err) < 0)
		return -1;
	nft_begin(&batch, operation->table);
	add(&batch, operation);
	result = nft_commit(&batch, socket, err);
	nft_release(&batch);
	/* What has that name, if anything, is not ours: an undo must leave it alone. */
	if (result < 0 && result != NETLINK_UNANSWERED)
		operation->table[0] = '\0';
	return result < 0 ? -1 : 0;
}

static void fill_evidence(const struct nft_counters *counters, struct evidence *evidence)
{
	*evidence = (struct evidence){
		.source = EVIDENCE_NFTABLES,
		.dropped = counters->packets,
		.lost = !counters->found,
	};
}

int nft_operation_undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	struct nft_counters counters = {.found = true};
	struct nl_sock *socket;
	struct err reason = {0};

	if (evidence != NULL)
		*evidence = (struct evidence){.source = EVIDENCE_NFTABLES};
	/* Nothing was put there: prepare or apply failed. */
	if (operation->table[0] == '\0')
		return 0;
	if (nft_operation_socket(context, operation, &socket, &reason) < 0) {
		if (reason.sys == ENOENT)
			return 0;
		if (err != NULL)
			*err = reason;
		return -1;
	}
	if (evidence != NULL && nft_count_all(socket, operation->table, &counters, NULL) == 0)
		fill_evidence(&counters, evidence);
	return nft_remove(socket, operation->table, err);
}

int nft_operation_observe(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	struct nft_counters counters;
	struct nl_sock *socket;

	if (nft_operation_socket(context, operation, &socket, err) < 0 ||
		nft_count_all(socket, operation->table, &counters, err) < 0)
		return -1;
	if (!counters.found)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"somebody removed perturb's table %s from the packet filter",
			operation->table);
	fill_evidence(&counters, evidence);
	return 0;
}

/* --- OPERATION_NFT: packets dropped or refused --- */

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	return nft_operation_apply(context, operation, nft_filter_add, err);
}

static void describe(const struct operation *operation, FILE *out)
{
	fputs("nsenter --net=", out);
	shell_quote(operation->netns_path, out);
	fputs(" nft 'table inet perturb { ", out);
	nft_filter_describe(operation, out);
	fputs("; }'", out);
}

const struct operation_ops operation_nft = {
	.name = "nftables",
	.prepare = nft_operation_prepare,
	.apply = apply,
	.undo = nft_operation_undo,
	.observe = nft_operation_observe,
	.describe = describe,
};
