/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve - the addresses of hosts, without waiting in the event loop.
 *
 * getaddrinfo(3) blocks, and is the only one that knows all of a system's sources of names, so it
 * runs in a thread: one for each name that is looked up at the moment. What it found is kept for a
 * minute, as libcurl does, and that there is nothing for a second.
 */
#ifndef EXPERIMENTS_PROBES_RESOLVE_H
#define EXPERIMENTS_PROBES_RESOLVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "experiments/loop.h"

#define RESOLVE_ADDRESSES_MAX 16

struct resolve;
struct resolve_name;

struct resolve_address {
	struct sockaddr_storage address; /* with the port that was asked for */
	socklen_t length;
};

/* A question, in its owner's memory: zero-initialise and set answered. */
struct resolve_request {
	/* count 0: there is no such host. The addresses are borrowed for the call, in the order in
	 * which they should be tried. */
	void (*answered)(struct resolve_request *request, const struct resolve_address *addresses,
		size_t count);
	uint16_t port;
	struct resolve_name *name; /* that it waits for; NULL: it does not wait */
	struct resolve_request *previous;
	struct resolve_request *next;
};

/* Borrows loop. */
struct resolve *resolve_new(struct loop *loop);
/* Nobody may wait any more. */
void resolve_free(struct resolve *resolve);

/* host is a name, or an address without brackets. What is known already is answered before this
 * returns. */
void resolve_ask(
	struct resolve *resolve, const char *host, uint16_t port, struct resolve_request *request);
/* It is not answered any more. Also of one that does not wait. */
void resolve_forget(struct resolve_request *request);

#endif
