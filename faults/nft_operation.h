/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft_operation - what operations with a table of their own in the packet filter share.
 */
#ifndef FAULTS_NFT_OPERATION_H
#define FAULTS_NFT_OPERATION_H

#include "faults/nft.h"
#include "faults/operation.h"

/* Is the operation one with a table? */
bool nft_operation_is_one(const struct operation *operation);

/* The socket of the operation's namespace; sys is ENOENT when that is gone. */
int nft_operation_socket(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err);

/* Its process lives, its namespace can be entered; chooses the table. */
int nft_operation_prepare(
	struct operation_context *context, struct operation *operation, struct err *err);

/* Makes the table, filled by add. */
int nft_operation_apply(struct operation_context *context, struct operation *operation,
	void (*add)(struct nft_batch *batch, const struct operation *operation), struct err *err);

/* Removes the table; reads its counters into *evidence (may be NULL) before. */
int nft_operation_undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err);
int nft_operation_observe(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err);

#endif
