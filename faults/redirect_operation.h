/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redirect_operation - what the operations share that send an interface's packets through a device
 * of perturb's: the redirect, from its preparation to its end.
 */
#ifndef FAULTS_REDIRECT_OPERATION_H
#define FAULTS_REDIRECT_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/operation.h"
#include "faults/redirect.h"
#include "reports/err.h"

struct nl_sock;

/* How packets are told apart that come back to the interface from the relay, which must not get
 * them again. */
enum redirect_guard {
	REDIRECT_GUARD_NONE, /* they do not come by the filter */
	REDIRECT_GUARD_MARK, /* they have REDIRECT_MARK */
	REDIRECT_GUARD_MAC,  /* their source address is that of a group, which no sender has */
};

/* The guard against what another operation on the interface, the relay's, gives back. */
enum redirect_guard redirect_guard(const struct operation *operation);

/* "pert" */
#define REDIRECT_MARK 0x70657274U

/* The socket of the operation's namespace. */
int redirect_socket(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err);

/* The same to put something back: NULL when everything went with its namespace. */
int redirect_find_socket(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err);

/* For prepare: checks process and interface, finds the place of the filter and names the device.
 * ret_foreign (may be NULL): others have filters there, which would come after ours. */
int redirect_prepare(struct operation_context *context, struct operation *operation,
	const char *prefix, bool *ret_foreign, struct err *err);

/* For apply: leads what is meant to the device of that index. */
int redirect_begin(struct operation_context *context, struct nl_sock *socket,
	struct operation *operation, enum redirect_guard guard, uint32_t device_index,
	struct err *err);

/* For cease and undo: must go before the device does, because packets to a missing one are lost.
 * Where its filter is not, the interface need not be ours either (lost). */
int redirect_end(
	struct nl_sock *socket, const struct operation *operation, bool *ret_lost, struct err *err);

/* The program of the filter. */
int redirect_filter_make(const struct operation *operation, enum redirect_guard guard,
	struct aim_filter *ret_filter, struct err *err);

#endif
