/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_streams - the TCP side of a scope: connections of clients, each with one to its server
 * as soon as something is to be passed on. There are as many sockets for the latter as were handed
 * over; they are used again and again.
 */
#ifndef FAULTS_RESOLVER_STREAMS_H
#define FAULTS_RESOLVER_STREAMS_H

#include "faults/resolver_scope.h"

struct resolver_streams;

/* Borrows the scope. NULL without memory. */
struct resolver_streams *resolver_streams_new(struct resolver_scope *scope);
void resolver_streams_free(struct resolver_streams *streams);

/* Takes a LISTEN_TCP or FORWARD_STREAM socket over. Returns 0 or an error number, and the
 * descriptor is still the caller's. */
int resolver_streams_add(
	struct resolver_streams *streams, const struct resolver_socket *socket, int descriptor);

/* For queries that came by a stream, which may be gone by now. */
void resolver_streams_forward(
	struct resolver_streams *streams, const struct resolver_message *message);
void resolver_streams_reply(struct resolver_streams *streams,
	const struct resolver_message *message, const uint8_t *answer, size_t length);
/* One more of its queries is held (1), or one less (-1). */
void resolver_streams_hold(struct resolver_streams *streams, uint64_t number, int change);

/* Ends what is idle and frees what has ended; when to come again. */
int64_t resolver_streams_turn(struct resolver_streams *streams, int64_t now);

/* Is an answer under way? */
bool resolver_streams_pending(const struct resolver_streams *streams);

#endif
