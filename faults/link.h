/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link - what the kernel changes of an interface, by itself, when it gets a queueing discipline.
 *
 * A virtual interface whose transmit queue length is 0 (Docker's are) is given the default of 1,000
 * with its first queueing discipline, and keeps it when that goes (net/sched/sch_api.c, "Caught
 * tx_queue_len zero misconfig").
 */
#ifndef FAULTS_LINK_H
#define FAULTS_LINK_H

#include "faults/operation.h"
#include "reports/err.h"

struct nl_sock;

/* Puts the length back that the operation's interface had when it was planned; succeeds when the
 * interface is gone. */
int link_put_back(struct nl_sock *socket, const struct operation *operation, struct err *err);

#endif
