/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link - the interface of an operation: whether it is still the same, and what the kernel changes
 * of it, by itself, when it gets a queueing discipline.
 *
 * An index says little: an interface that is made with one that is free, or moved here with the one
 * that it had elsewhere, may have that of an earlier one, and the same name. Hardware address and
 * peer tell them apart.
 *
 * A virtual interface whose transmit queue length is 0 (Docker's are) is given the default of 1,000
 * with its first queueing discipline, and keeps it when that goes (net/sched/sch_api.c, "Caught
 * tx_queue_len zero misconfig").
 */
#ifndef FAULTS_LINK_H
#define FAULTS_LINK_H

#include <stdbool.h>

#include "faults/operation.h"
#include "reports/err.h"

struct nl_sock;

/* Is the interface that was planned there, under its name and index? Notes what identifies it. */
int link_prepare(struct nl_sock *socket, struct operation *operation, struct err *err);

/* Is there still the interface that link_prepare saw? */
int link_is_same(
	struct nl_sock *socket, const struct operation *operation, bool *ret_same, struct err *err);

/* Is it a port of a bridge or bond? */
int link_is_port(
	struct nl_sock *socket, const struct operation *operation, bool *ret_port, struct err *err);

/* Puts the length back that the operation's interface had when it was planned; succeeds when the
 * interface is gone. */
int link_put_back(struct nl_sock *socket, const struct operation *operation, struct err *err);

#endif
