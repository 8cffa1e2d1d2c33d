/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redirect - what an interface sends or receives goes to another device instead: a clsact qdisc, a
 * filter that matches what is meant, one mirred action.
 */
#ifndef FAULTS_REDIRECT_H
#define FAULTS_REDIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/aim.h"
#include "faults/aim_filter.h"
#include "reports/err.h"

struct nl_sock;

/* By which we know our filter among others: a cookie of its action, the name of the device. */
#define REDIRECT_COOKIE_MAX 16

/* The filters of one direction. */
struct redirect_hook {
	bool filters;		   /* there are some, ours or not */
	uint32_t foreign_priority; /* the first of those that are not ours; 0: none */
	bool foreign_bpf;	   /* that one is a program, for all protocols */
};

/* What an interface has at the place where the redirect goes. */
struct redirect_state {
	bool clsact;		       /* a clsact qdisc, whoever made it */
	bool ingress;		       /* an ingress qdisc, which excludes clsact */
	struct redirect_hook hooks[2]; /* by enum direction */
};
int redirect_examine(struct nl_sock *socket, uint32_t interface_index,
	struct redirect_state *ret_state, struct err *err);

struct redirect {
	uint32_t interface_index;
	enum direction direction;
	uint32_t priority; /* among programs of one priority, the youngest sees a packet first */
	const struct aim_filter *filter; /* NULL: everything, by cls_u32 */
	uint32_t device_index;		 /* where to */
	bool received; /* as if that device had received it, not to be sent by it */
	const char *cookie;
};

/* NETLINK_UNANSWERED as netlink_exchange. */
int redirect_add_clsact(struct nl_sock *socket, uint32_t interface_index, struct err *err);
int redirect_add_filter(struct nl_sock *socket, const struct redirect *redirect, struct err *err);

/* Removes the filter that has the cookie, and says whether it was there. Both succeed when there is
 * nothing to remove. */
int redirect_remove_filter(struct nl_sock *socket, uint32_t interface_index,
	enum direction direction, const char *cookie, bool *ret_found, struct err *err);
/* Leaves the qdisc where it is when somebody has put filters there. */
int redirect_remove_clsact(struct nl_sock *socket, uint32_t interface_index, struct err *err);

#endif
