/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_sockets - what the resolver needs in a network namespace: sockets where queries come in,
 * sockets by which they go on, and the redirect that leads to the former.
 */
#ifndef FAULTS_RESOLVER_SOCKETS_H
#define FAULTS_RESOLVER_SOCKETS_H

#include "faults/resolver.h"

struct nl_sock;

struct resolver_sockets {
	/* of whom queries are expected; for IPv4 needed only by kernels before 5.19 */
	struct dns_address servers[RESOLVER_SERVERS_MAX];
	size_t server_count;
	size_t count;
	struct resolver_socket sockets[RESOLVER_SOCKETS_MAX];
	int descriptors[RESOLVER_SOCKETS_MAX];
	uint16_t ports[RESOLVER_SOCKETS_MAX]; /* of those that listen */
	struct nl_sock *owner;		      /* its descriptor is the first of these */
};

/* Makes them in the namespace that is current; for netns_call, data is the structure, of which the
 * caller has filled in the servers. */
int resolver_sockets_open(void *data, struct err *err);

/* Adds the redirect, a table of that name. */
int resolver_sockets_redirect(
	const struct resolver_sockets *sockets, const char *table, struct err *err);

/* Adds a table that does nothing but make the kernel translate addresses as long as it is there, if
 * that is possible. */
void resolver_sockets_translate(struct nl_sock *socket, const char *table);

/* Closes all of them, also after resolver_add: the resolver has its own descriptors. */
void resolver_sockets_close(struct resolver_sockets *sockets);

/* The same redirect as commands of nft(8), each but the last one followed by separator. */
void resolver_sockets_describe(const char *table, const char *separator, FILE *out);

#endif
