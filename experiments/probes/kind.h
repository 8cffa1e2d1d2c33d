/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kind - what a kind of probe is: its keys in the file, and how its requests are made.
 *
 * One file and one row in kinds.c each. Requests are made by prober.h, which keeps count of them,
 * ends those that are late, and calls the functions below.
 */
#ifndef EXPERIMENTS_PROBES_KIND_H
#define EXPERIMENTS_PROBES_KIND_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/decode.h"
#include "reports/err.h"

struct exchange;
struct prober;

/* One key of a kind: how it is read, and what users are told of it. Tables end with a NULL name. */
struct probe_key {
	struct member member;
	const char *schema;   /* the definition of its value in the JSON Schema */
	const char *standard; /* what holds when it is absent, in words; NULL: nothing */
	const char *help;
};
#define PROBE_KEYS_END                                                                             \
	{                                                                                          \
		{NULL, NULL, 0, false}, NULL, NULL, NULL                                           \
	}

/* The beginning of every kind's settings. */
struct probe_settings {
	int64_t timeout_ns;
};

/* Reads "timeout" into a struct probe_settings: between 1 ms and 10 m. */
decode_reader probe_read_timeout;
#define PROBE_KEY_TIMEOUT                                                                          \
	{                                                                                          \
		{"timeout", probe_read_timeout, offsetof(struct probe_settings, timeout_ns),       \
			false},                                                                    \
			"duration", "1s", "when a request without a complete answer is given up"   \
	}

/* Where a probe's requests go. */
struct probe_peer {
	char host[256]; /* a name or an address, without brackets */
	uint16_t port;	/* 0: any */
	uint8_t protocol;
};

struct probe_kind {
	const char *name; /* the key in the file */
	const char *summary;
	const char *example; /* the value of that key, as flow YAML: one that passes */
	const char *missing; /* why this build cannot do it, and what to do; NULL: it can */
	const struct probe_key *keys;
	const char *scalar;	   /* the key that a scalar stands for; NULL: none */
	bool list;		   /* a list stands for it as well */
	const char *const *one_of; /* keys of which one is needed, ending with NULL; or NULL */
	size_t settings_size;
	void (*defaults)(void *settings); /* NULL: zeroes; the timeout is set already */
	/* What no key shows by itself; NULL: nothing. */
	void (*check)(struct decode *decode, const struct node *node, const void *settings);
	/* False: they do not go to one place in the network, or it cannot be told. NULL: never. */
	bool (*peer)(const void *settings, struct probe_peer *ret_peer);

	/* Prepares what its requests share, into prober->state. ERR_USAGE and others. It may choose
	 * another way of making them: set prober->kind, and call its open. */
	int (*open)(struct prober *prober, struct err *err);
	void (*close)(struct prober *prober); /* also after open failed */
	size_t exchange_size; /* of a structure that begins with a struct exchange */
	/* Begins a request; what a used exchange keeps may be used again. False: it could not be
	 * sent, for a reason that is perturb's. May end it at once (exchange_end). */
	bool (*start)(struct exchange *exchange);
	/* Gives a request up: it is late, or the run is over. May fill in what is known of it. */
	void (*stop)(struct exchange *exchange);
	/* Frees what an exchange keeps for its next use. NULL: nothing. */
	void (*discard)(struct exchange *exchange);
	/* The library that it is done by, with its version; in the arena. NULL: none. */
	const char *(*library)(struct arena *arena);
};

/* Ends with NULL; those that this build lacks are in it as well. */
extern const struct probe_kind *const probe_kinds[];

const struct probe_kind *probe_kind_find(const char *name);

#endif
