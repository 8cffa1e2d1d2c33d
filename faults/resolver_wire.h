/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_wire - what goes over the socket pair between the custodian and the resolver process.
 */
#ifndef FAULTS_RESOLVER_WIRE_H
#define FAULTS_RESOLVER_WIRE_H

#include <stdint.h>

#include "faults/dns.h"
#include "faults/resolver.h"
#include "reports/evidence.h"

enum resolver_request_type {
	RESOLVER_ADD,
	RESOLVER_END,
	RESOLVER_OBSERVE,
	RESOLVER_DRAIN,
	RESOLVER_REMOVE
};

/* ADD brings the descriptors of the sockets along, in their order, if the namespace is new. */
struct resolver_request {
	enum resolver_request_type type;
	uint32_t number; /* comes back in the reply, which may be too late for its request */
	uint32_t id;
	uint32_t socket_count;
	struct resolver_place place;
	uint64_t seed;
	struct resolver_socket sockets[RESOLVER_SOCKETS_MAX];
	struct dns_rule rule;
};

struct resolver_reply {
	uint32_t number;
	int error; /* errno; 0: done */
	struct evidence evidence;
};

/* The resolver's life; called in the forked child, never returns. */
_Noreturn void resolver_main(int socket);

#endif
