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

#include "experiments/histogram.h"
#include "experiments/outcome.h"
#include "experiments/tolerance.h"

/* Zero-initialise. */
struct tally {
	uint64_t due;
	uint64_t ended;
	uint64_t outcomes[OUTCOME_COUNT];
	struct histogram latency;
};

/* Counts one request that ended; the latency is ignored unless it was answered. */
void tally_end(struct tally *tally, enum outcome outcome, int64_t latency_ns);

/* In percent or milliseconds; false: no sample. */
bool tally_observe(const struct tally *tally, enum metric metric, double *ret_observed);

/* The first tolerance that does not hold, or NULL. */
const struct tolerance *tally_breach(
	const struct tally *tally, const struct tolerance *tolerances, size_t count);

/* Something ended, and every tolerance holds. */
bool tally_holds(const struct tally *tally, const struct tolerance *tolerances, size_t count);

void tally_clear(struct tally *tally);
void tally_release(struct tally *tally);

#endif
