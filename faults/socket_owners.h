/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_owners - which sockets of a network namespace are the target's.
 *
 * All are, where nobody else lives there. In a namespace that containers share (a pod, the host's)
 * it is those that a process of the target has open; and never those of a protected process.
 */
#ifndef FAULTS_SOCKET_OWNERS_H
#define FAULTS_SOCKET_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults/operation.h"
#include "reports/err.h"

struct socket_set {
	uint32_t *inodes; /* heap, sorted */
	size_t count;
	size_t capacity;
};

struct socket_owners {
	bool shared; /* only those in owned are the target's */
	struct socket_set owned;
	struct socket_set spared;
};

/* Looks at the processes in the operation's namespace: ask for the sockets first, and a process
 * that comes in between has none of them. An operation without a pid means the namespace. The
 * protection may be NULL. Fails when a process cannot be looked at that is still there. */
int socket_owners_find(const struct operation *operation, const struct protection *protection,
	struct socket_owners *ret_owners, struct err *err);

void socket_owners_release(struct socket_owners *owners);

/* Is the socket the target's? */
bool socket_owners_allow(const struct socket_owners *owners, uint32_t inode);

#endif
