/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redirect - the kernel's part of the relay: what an interface wants to send goes to a TAP device
 * instead. A clsact qdisc, one filter, by u32 for everything and by a BPF program for an aim, one
 * mirred action.
 */
#ifndef FAULTS_REDIRECT_H
#define FAULTS_REDIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/aim.h"
#include "reports/err.h"

struct nl_sock;

/* By which we know our filter among others: a cookie of its action. */
#define REDIRECT_COOKIE_MAX 16

/* What an interface has at the place where the redirect goes. */
struct redirect_state {
	bool clsact;	      /* a clsact qdisc, whoever made it */
	bool ingress;	      /* an ingress qdisc, which excludes clsact */
	bool egress_filters;  /* of the clsact qdisc, ours or not */
	bool ingress_filters; /* of the clsact qdisc */
};
int redirect_examine(struct nl_sock *socket, uint32_t interface_index,
	struct redirect_state *ret_state, struct err *err);

/* NETLINK_UNANSWERED as netlink_exchange. */
int redirect_add_clsact(struct nl_sock *socket, uint32_t interface_index, struct err *err);
/* For what the aim means. */
int redirect_add_filter(struct nl_sock *socket, uint32_t interface_index, uint32_t priority,
	uint32_t tap_index, const char *cookie, const struct aim *aim, struct err *err);

/* Removes the filter that has the cookie, and says whether it was there. Both succeed when there is
 * nothing to remove. */
int redirect_remove_filter(struct nl_sock *socket, uint32_t interface_index, const char *cookie,
	bool *ret_found, struct err *err);
/* Leaves the qdisc where it is when somebody has put filters there. */
int redirect_remove_clsact(struct nl_sock *socket, uint32_t interface_index, struct err *err);

#endif
