/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_probe - "redis" of a probe as it stands in an experiment, and what its parts share.
 */
#ifndef EXPERIMENTS_PROBES_REDIS_PROBE_H
#define EXPERIMENTS_PROBES_REDIS_PROBE_H

#include "experiments/probes/expect.h"
#include "experiments/probes/kind.h"
#include "experiments/probes/prober.h"
#include "experiments/probes/redis_link.h"

#define REDIS_PORT 6379

struct redis_probe {
	struct probe_settings common;
	struct place place;
	const char *user;
	const char *password;
	uint32_t db;
	const char **words; /* of the command; NULL: PING */
	size_t word_count;
	const char *expect;
	const char *matches;
	const char *channel; /* NULL: commands are sent */
};

extern const struct probe_key redis_keys[];

void redis_check(struct decode *decode, const struct node *node, const void *settings);

struct redis_channel;

/* What all requests of a probe share. */
struct redis_state {
	struct redis_client client; /* for commands; of a channel: those that publish */
	char *command;		    /* in bytes of the protocol */
	size_t command_length;
	struct expect expect;
	char *text; /* of a reply; RESP_BYTES_MAX */
	struct redis_channel *channel;
};

struct redis_request {
	struct exchange exchange;
	struct redis_command command;
	uint64_t number; /* of its message */
	bool waiting;	 /* for the subscription */
};

/* A message for each request, which must come back (redis_channel.c). */
void redis_channel_new(struct prober *prober);
void redis_channel_free(struct redis_channel *channel);
bool redis_channel_start(struct redis_request *request);
void redis_channel_stop(struct redis_request *request);

/* Fills in a client by the settings. */
void redis_client_init(struct redis_client *client, const struct prober *prober);

#endif
