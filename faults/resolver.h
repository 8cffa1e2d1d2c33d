/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver - a process that stands between programs and their name servers: it gets the queries of
 * a network namespace, which netfilter redirects to it, answers those that a fault is meant for,
 * and passes everything else on to the server that was asked, unchanged.
 *
 * The custodian makes the sockets in the namespace and the redirect; the process gets them open,
 * drops its privileges and does nothing but pass messages. One of the descriptors owns the
 * redirect: the kernel takes it away when the process closes it, or is gone.
 */
#ifndef FAULTS_RESOLVER_H
#define FAULTS_RESOLVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults/dns.h"
#include "reports/err.h"
#include "reports/evidence.h"

/* On what passes the redirect: the resolver's own packets. */
#define RESOLVER_MARK 0x50444e53 /* "PDNS" */

#define RESOLVER_SERVERS_MAX 8	/* of a namespace, by its resolv.conf */
#define RESOLVER_STREAMS_MAX 16 /* TCP connections to servers at the same time, for each family */
#define RESOLVER_SOCKETS_MAX (3 + 2 * RESOLVER_SERVERS_MAX + 2 + 2 * RESOLVER_STREAMS_MAX)

enum resolver_role {
	RESOLVER_OWNER,		 /* of the redirect: a netlink socket */
	RESOLVER_LISTEN_UDP,	 /* queries come in */
	RESOLVER_LISTEN_TCP,	 /* connections, whose server is told by SO_ORIGINAL_DST */
	RESOLVER_FORWARD_UDP,	 /* queries go out to servers, marked */
	RESOLVER_FORWARD_STREAM, /* the same by TCP; not connected yet */
};

struct resolver_socket {
	enum resolver_role role;
	sa_family_t family;
	/* LISTEN_UDP: which server its queries were meant for; family 0: the mark of each packet
	 * is its IPv4 address (SO_RCVMARK). */
	struct dns_address server;
};

/* A network namespace. */
struct resolver_place {
	uint64_t device;
	uint64_t inode;
};

struct resolver; /* the custodian's side */

/* Starts the process, a child of the caller, after whose end it ends at once. */
int resolver_start(struct resolver **ret_resolver, struct err *err);

/* Readable (EOF) when the process is gone; for the custodian's poll set. */
int resolver_fd(const struct resolver *resolver);

/* Does it have the sockets of that namespace? */
bool resolver_has(const struct resolver *resolver, const struct resolver_place *place);

/* Is that rule there, and no other of its namespace? */
bool resolver_is_last(
	const struct resolver *resolver, uint32_t id, const struct resolver_place *place);

/* Hands over what is to be done to the queries of one namespace, and, with the first such rule, its
 * sockets. Waits for the acknowledgement. The descriptors stay the caller's, who may close them. */
int resolver_add(struct resolver *resolver, uint32_t id, const struct resolver_place *place,
	const struct dns_rule *rule, uint64_t seed, const struct resolver_socket *sockets,
	const int *descriptors, size_t count, struct err *err);

/* The counters: queries that came, and those that the fault hit. */
int resolver_observe(
	struct resolver *resolver, uint32_t id, struct evidence *ret_evidence, struct err *err);

/* Ends a rule: queries pass it unchanged, also those that it has held until now. Does nothing if
 * the id is unknown, or the rule ended already. */
void resolver_end(struct resolver *resolver, uint32_t id);

/* The same; and if it was the last rule of its namespace, the redirect ends there, and the queries
 * under way are waited for, or a moment. The sockets stay: flows may still lead to them. */
void resolver_drain(struct resolver *resolver, uint32_t id);

/* The same without waiting; and with the last rule of a namespace all goes that it has there. Fills
 * the last counters (may be NULL), if the process could tell them. */
void resolver_remove(struct resolver *resolver, uint32_t id, struct evidence *ret_evidence);

/* Has it no namespace (any more)? */
bool resolver_is_idle(const struct resolver *resolver);

/* Ends the process and reaps it; NULL is allowed. */
void resolver_free(struct resolver *resolver);

#endif
