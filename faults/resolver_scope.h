/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_scope - one network namespace in the resolver: its sockets, what is to be done to its
 * queries, and those that wait for it.
 */
#ifndef FAULTS_RESOLVER_SCOPE_H
#define FAULTS_RESOLVER_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "faults/dns_message.h"
#include "faults/resolver.h"
#include "faults/resolver_message.h"
#include "reports/evidence.h"

/* Something that the process waits for. */
struct resolver_watch {
	int fd; /* -1: nothing */
	void (*ready)(struct resolver_watch *watch, uint32_t events);
	void *data;
};

/* Watches it, or changes what it is watched for. Returns 0 or an error number. */
int resolver_watch(int epoll, struct resolver_watch *watch, int operation, uint32_t events);

struct resolver_scope;

/* Takes the descriptors over, in any case. *ret_error is an error number when NULL is returned.
 * epoll is borrowed. */
struct resolver_scope *resolver_scope_new(const struct resolver_place *place,
	const struct resolver_socket *sockets, const int *descriptors, size_t count, int epoll,
	int *ret_error);

/* Ends the redirect by closing its owner; what has come still gets its answer. */
void resolver_scope_end_redirect(struct resolver_scope *scope);

/* The same, and closes everything else. */
void resolver_scope_free(struct resolver_scope *scope);

bool resolver_scope_is_of(const struct resolver_scope *scope, const struct resolver_place *place);
int resolver_scope_epoll(const struct resolver_scope *scope);

/* Adds a rule, which queries are held against after those that are there. Returns 0 or an error
 * number. */
int resolver_scope_add_rule(
	struct resolver_scope *scope, uint32_t id, const struct dns_rule *rule, uint64_t seed);
/* False: it has no such rule. */
bool resolver_scope_evidence(
	const struct resolver_scope *scope, uint32_t id, struct evidence *ret_evidence);
/* Takes a rule out, if it is there; what it held passes now. */
void resolver_scope_remove_rule(struct resolver_scope *scope, uint32_t id);
bool resolver_scope_has_rules(const struct resolver_scope *scope);

/* Is nothing under way any more, or has the redirect been gone for long enough? */
bool resolver_scope_is_drained(const struct resolver_scope *scope, int64_t now);

/* Does what is due, and frees what has ended. Returns when it has to be called next (CLOCK_
 * MONOTONIC; INT64_MAX: when something happens). Not while events are being handled. */
int64_t resolver_scope_turn(struct resolver_scope *scope, int64_t now);

/* A whole query has come: it is answered, held or passed on. */
void resolver_scope_take(struct resolver_scope *scope, const struct resolver_message *message);

/* An answer of a server has come. */
void resolver_scope_answered(struct resolver_scope *scope, const uint8_t *bytes, size_t length);

#endif
