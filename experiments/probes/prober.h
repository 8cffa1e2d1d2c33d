/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prober - the requests of one probe, whatever its kind: sent when told, counted while in flight,
 * ended when they are late.
 */
#ifndef EXPERIMENTS_PROBES_PROBER_H
#define EXPERIMENTS_PROBES_PROBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/experiment.h"
#include "experiments/loop.h"
#include "experiments/probes/answer.h"
#include "experiments/probes/kind.h"
#include "experiments/probes/services.h"
#include "reports/err.h"

/* Called once for each request that was sent, when it has ended. It may be called before
 * prober_send returns. */
typedef void prober_done(void *data, const struct probe_answer *answer);

/* The message of a request with that tag, which has ended, came again. */
typedef void prober_duplicated(void *data, unsigned int tag);

struct prober {
	const struct probe *probe;
	/* Makes the requests: the probe's, unless its open has put another in its place. */
	const struct probe_kind *kind;
	struct probe_services *services;
	void *state; /* the kind's */
	prober_done *done;
	prober_duplicated *duplicated; /* may be set after prober_new; NULL: not counted */
	void *data;
	struct loop_timer timer; /* the first one's time is up */
	struct exchange *first;	 /* in flight, in the order of sending */
	struct exchange *last;
	size_t in_flight;
	struct exchange *idle; /* by next */
	size_t idle_count;
};

/* One request; the kind's own structure begins with it. It is used again for later ones. */
struct exchange {
	struct prober *prober;
	struct exchange *previous; /* in flight: the one sent before; idle: unused */
	struct exchange *next;
	struct probe_answer answer; /* filled in by the kind as it becomes known */
	bool taken; /* set by the kind: its message was taken, so that it is lost when it is late */
};

/* Borrows probe and services. What is wrong with the probe is ERR_USAGE. */
int prober_new(struct probe_services *services, const struct probe *probe, prober_done *done,
	void *data, struct prober **ret_prober, struct err *err);
/* Drops what is in flight without a word. */
void prober_free(struct prober *prober);

/* Sends a request; due_ns and tag come back to done. -1: too much is in flight, nothing was sent
 * and done will not be called. */
int prober_send(struct prober *prober, int64_t due_ns, unsigned int tag);

/* How many in flight were due before due_ns. */
size_t prober_overdue(const struct prober *prober, int64_t due_ns);

/* Ends what is in flight as OUTCOME_CANCELLED, calling done. */
void prober_cancel(struct prober *prober);

/* --- for kinds --- */

/* The settings, and the state, in the type that the context gives them. */
static inline const void *exchange_settings(const struct exchange *exchange)
{
	return exchange->prober->probe->settings;
}

static inline void *exchange_state(const struct exchange *exchange)
{
	return exchange->prober->state;
}

static inline struct loop *exchange_loop(const struct exchange *exchange)
{
	return exchange->prober->services->loop;
}

/* Nanoseconds since the request was sent: for the parts of the answer. */
int64_t exchange_elapsed(const struct exchange *exchange);

/* The request has ended now, or at ended_ns. The exchange may be gone afterwards. */
void exchange_end(struct exchange *exchange, enum outcome outcome);
void exchange_end_at(struct exchange *exchange, enum outcome outcome, int64_t ended_ns);

/* What a request with this tag sent came once more, after it had ended. */
void prober_duplicate(const struct prober *prober, unsigned int tag);

#endif
