/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_link - connections to a Redis server that are kept, with commands whose replies come in
 * their order.
 *
 * All commands go through one connection, the current one. When a command is late, no further ones
 * follow it there, as its reply would hold them up: the next one gets a new connection, and the old
 * one is closed when nobody waits for it any more. One that broke is replaced likewise.
 */
#ifndef EXPERIMENTS_PROBES_REDIS_LINK_H
#define EXPERIMENTS_PROBES_REDIS_LINK_H

#include "experiments/outcome.h"
#include "experiments/probes/place.h"
#include "experiments/probes/resp.h"
#include "experiments/probes/services.h"

struct redis_command;
struct redis_client;
struct redis_link;

struct redis_calls {
	void (*connected)(
		struct redis_command *command);	      /* a new connection, made for it; or NULL */
	void (*began)(struct redis_command *command); /* a part of the reply is there; or NULL */
	/* One of these, once; it does not wait any more then. */
	void (*replied)(struct redis_command *command, const struct resp *reply);
	void (*failed)(struct redis_command *command, enum outcome outcome);
};

/* A command that waits for its reply, in its owner's memory. Zero-initialise and set calls. */
struct redis_command {
	const struct redis_calls *calls;
	struct redis_link *link; /* NULL: it does not wait */
};

/* Zero-initialise and set the fields up to the empty line; all is borrowed. */
struct redis_client {
	struct probe_services *services;
	const struct place *place;
	const char *user;     /* NULL: none */
	const char *password; /* NULL: there is no need of one */
	uint32_t db;
	size_t waiting_max; /* commands on one connection */
	/* A reply that no command waits for; NULL: there is no such. */
	void (*pushed)(struct redis_client *client, const struct resp *reply);
	/* The current connection is gone; NULL: of no interest. */
	void (*broke)(struct redis_client *client, enum outcome outcome);

	struct redis_link *current;
	struct redis_link *links; /* all of them */
};

/* Sends a command, as bytes of the protocol. May call failed before it returns. False: too much
 * waits to be sent, and nothing is called. */
bool redis_send(struct redis_client *client, struct redis_command *command, const char *bytes,
	size_t length);

/* It does not wait any more; also when it did not. late: it held up others. */
void redis_forget(struct redis_command *command, bool late);

/* What an error reply means: _AUTH, or _STATUS. */
enum outcome redis_error_outcome(const struct resp *reply);

/* Closes the current connection; what waits for it fails with this outcome. */
void redis_drop(struct redis_client *client, enum outcome outcome);

/* Closes everything without a word. */
void redis_client_release(struct redis_client *client);

#endif
