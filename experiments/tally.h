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

/* One request that ended, as windows and phases keep it. */
struct sample {
	double value; /* that the answer carried; NAN: none */
	float latency_ns;
	uint32_t duplicates;
	uint8_t outcome;
};

/* The numbers that answers carried. */
struct tally_values {
	uint64_t count;
	double min;
	double max;
	double sum;
	double last;
};

/* Zero-initialise. */
struct tally {
	uint64_t due;
	uint64_t ended;
	uint64_t outcomes[OUTCOME_COUNT];
	uint64_t duplicates;
	struct tally_values values;
	int64_t span_ns; /* the time that it is of; 0: not known, so there is no throughput */
	struct histogram latency;
};

/* Counts one request that ended; the latency is ignored unless it was answered. */
void tally_end(struct tally *tally, enum outcome outcome, int64_t latency_ns);

/* Counts what the answer brought besides; value NAN: no number. */
void tally_extras(struct tally *tally, uint64_t duplicates, double value);
/* Both of a sample. */
void tally_sample(struct tally *tally, const struct sample *sample);

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

void tally_clear(struct tally *tally);
void tally_release(struct tally *tally);

#endif
