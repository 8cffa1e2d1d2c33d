/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_datagrams - the UDP side of a scope: queries from clients, and servers' answers, which
 * find their clients by the id that the query was given on its way.
 */
#ifndef FAULTS_RESOLVER_DATAGRAMS_H
#define FAULTS_RESOLVER_DATAGRAMS_H

#include "faults/resolver_scope.h"

struct resolver_datagrams;

/* Borrows the scope. NULL without memory. */
struct resolver_datagrams *resolver_datagrams_new(struct resolver_scope *scope);
void resolver_datagrams_free(struct resolver_datagrams *datagrams);

/* Takes a LISTEN_UDP or FORWARD_UDP socket over. Returns 0 or an error number, and the descriptor
 * is still the caller's. */
int resolver_datagrams_add(
	struct resolver_datagrams *datagrams, const struct resolver_socket *socket, int descriptor);

void resolver_datagrams_forward(
	struct resolver_datagrams *datagrams, const struct resolver_message *message);
void resolver_datagrams_reply(
	const struct resolver_message *message, const uint8_t *answer, size_t length);

/* Does a server still owe an answer? */
bool resolver_datagrams_pending(const struct resolver_datagrams *datagrams, int64_t now);

#endif
