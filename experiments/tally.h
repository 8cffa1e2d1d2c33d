/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally - what a set of requests came to (those of a phase, of a guard's window, …), and whether
 * that keeps tolerances.
 *
 * Success is the share of requests that ended well among those that ended. Latencies are those of
 * the answered requests, right or wrong; a request without an answer shows as an error instead, so
 * a probe should tolerate both.
 */
#ifndef EXPERIMENTS_TALLY_H
#define EXPERIMENTS_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/condition.h"
#include "experiments/histogram.h"
#include "experiments/outcome.h"
#include "experiments/probes/answer.h"

/* What was asked for: figures that come with answers. */
struct tally_value {
	uint64_t count;
	int64_t last_ns; /* when the last one came */
	double last;
	double min;
	double max;
	double sum;
};

/* Zero-initialise. */
struct tally {
	uint64_t due;
	uint64_t ended;
	uint64_t outcomes[OUTCOME_COUNT];
	uint64_t duplicates;
	int64_t span_ns; /* the time that it is of; 0: not known, so there is no throughput */
	struct histogram latency;
	struct tally_value value;
	/* of tally_parts */
	struct histogram service; /* of the answered requests, since each was sent */
	struct histogram connect; /* of all in which it came to that */
	struct histogram tls;
	struct histogram first_byte;
	struct histogram lag; /* from due to sent */
};

/* Counts one request that ended; the latency is ignored unless it was answered. */
void tally_end(struct tally *tally, enum outcome outcome, int64_t latency_ns);
/* The same, with the value and the duplicates that came with the answer. */
void tally_answer(struct tally *tally, const struct probe_answer *answer, int64_t latency_ns);
/* Counts the times that an answer is made of, besides. */
void tally_parts(struct tally *tally, const struct probe_answer *answer);
/* Adds all that other holds, but not the time that it is of. */
void tally_merge(struct tally *tally, const struct tally *other);

/* In the metric's unit; false: no sample. */
bool tally_observe(const struct tally *tally, enum metric metric, double *ret_observed);
/* How many requests or answers the figure rests on. */
uint64_t tally_samples(const struct tally *tally, enum metric metric);
/* The errors of one kind; OUTCOME_OK: all. */
uint64_t tally_errors(const struct tally *tally, enum outcome outcome);

/* A tolerance that is to blame for the fact that they do not hold, or NULL: they do. No limit is
 * relative any more (resolved.h). */
const struct tolerance *tally_breach(
	const struct tally *tally, const struct tolerances *tolerances);

/* Something ended, and the tolerances hold. */
bool tally_holds(const struct tally *tally, const struct tolerances *tolerances);

/* Empties it, and keeps its memory for reuse. */
void tally_clear(struct tally *tally);
/* Empties it. */
void tally_release(struct tally *tally);

#endif
