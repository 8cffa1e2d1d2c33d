/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connections - the TCP connections of a network namespace, listed and destroyed by sock_diag(7).
 */
#ifndef FAULTS_CONNECTIONS_H
#define FAULTS_CONNECTIONS_H

#include <linux/inet_diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reports/err.h"

struct nl_sock;

struct connection {
	/* AF_INET or AF_INET6, of the addresses: that of a socket for both is AF_INET here when its
	 * peer is */
	uint8_t family;
	uint8_t local[16]; /* network byte order; IPv4 in the first 4 bytes */
	uint8_t peer[16];
	uint16_t local_port; /* host byte order */
	uint16_t peer_port;
	uint32_t inode; /* of the socket; 0: no process has it (yet, or any more) */
	uint8_t socket_family;
	struct inet_diag_sockid id; /* the kernel's own name for it, with a cookie */
};

/* Zero-initialise. */
struct connection_list {
	struct connection *items; /* heap */
	size_t count;
	size_t capacity;
	bool incomplete; /* memory was short */
};

/* Those in one of the states (bit N: state number N), of IPv4 and IPv6. The socket is one of
 * NETLINK_SOCK_DIAG. */
int connections_list(
	struct nl_sock *socket, uint32_t states, struct connection_list *list, struct err *err);

void connections_release(struct connection_list *list);

/* Destroys this very one: whoever has it gets ECONNABORTED, its peer a RST. sys is ENOENT when it
 * has ended by itself, EOPNOTSUPP when the kernel cannot. */
int connections_destroy(
	struct nl_sock *socket, const struct connection *connection, struct err *err);

/* Can the kernel do both? */
bool connections_can_destroy(struct nl_sock *socket);

#endif
