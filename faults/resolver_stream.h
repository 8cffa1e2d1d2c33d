/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_stream - one TCP connection of a client, and the bytes that go through it. Messages have
 * their length in two bytes in front (RFC 1035, 4.2.2).
 */
#ifndef FAULTS_RESOLVER_STREAM_H
#define FAULTS_RESOLVER_STREAM_H

#include "faults/resolver_scope.h"

/* Bytes on their way. */
struct resolver_flow {
	uint8_t *bytes; /* heap */
	size_t used;
	size_t capacity;
};

struct resolver_stream {
	struct resolver_stream *next;
	struct resolver_streams *streams;
	uint64_t number; /* never used again */
	struct dns_address server;
	struct resolver_watch client;
	struct resolver_watch upstream; /* -1: none */
	bool connecting;
	bool asked;	   /* a query has come */
	bool waits;	   /* for a socket to reach the server by */
	bool client_ended; /* it sends no more */
	bool server_ended;
	bool told_server;  /* that the client has ended */
	bool dead;	   /* freed with the next turn */
	unsigned int held; /* queries that wait for their delay */
	unsigned int owed; /* answers that the server owes */
	int64_t active_ns; /* when something came or went last */
	struct resolver_flow from_client;
	struct resolver_flow to_client;
	struct resolver_flow from_server;
	struct resolver_flow to_server;
};

/* Appends; -1 without memory, or when it would become more than a few messages. */
int resolver_flow_add(struct resolver_flow *flow, const uint8_t *bytes, size_t length);
int resolver_flow_add_message(struct resolver_flow *flow, const uint8_t *bytes, size_t length);
void resolver_flow_drop(struct resolver_flow *flow, size_t length);
void resolver_flow_free(struct resolver_flow *flow);

/* The first whole message in it: its length, and where its bytes are; false if there is none. */
bool resolver_flow_message(
	const struct resolver_flow *flow, const uint8_t **ret_bytes, size_t *ret_length);

/* Reads into it what is there, once: 1, 0 when nothing is, -1 at the end or for an error. */
int resolver_flow_read(struct resolver_flow *flow, int descriptor);
/* Writes what can be written; -1 for an error. */
int resolver_flow_write(struct resolver_flow *flow, int descriptor);

/* More than that does not have to wait here. */
bool resolver_flow_is_full(const struct resolver_flow *flow);

#endif
