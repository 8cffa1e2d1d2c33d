/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measurement - the probes of an experiment, fired at their rates for as long as a run lasts.
 *
 * Open loop: a slow answer does not slow the schedule, and latency counts from the moment a
 * request was due, so that a stall cannot hide (coordinated omission). A request belongs to the
 * phase in which it was due. Percentiles are those of the complete answers, right or wrong
 * (tally.h).
 */
#ifndef EXPERIMENTS_MEASUREMENT_H
#define EXPERIMENTS_MEASUREMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "experiments/experiment.h"
#include "experiments/loop.h"
#include "reports/err.h"
#include "reports/report.h"

struct measurement;

/* Borrows loop and experiment for its lifetime. */
int measurement_new(struct loop *loop, const struct experiment *experiment,
	struct measurement **ret_measurement, struct err *err);
/* Cancels what is in flight. */
void measurement_free(struct measurement *measurement);

/* Starts firing, now or at start_ns if that is later; start_ns is the run's zero for seconds and
 * milliseconds. */
void measurement_start(struct measurement *measurement, int64_t start_ns);
/* Requests due from now on belong to phase. */
void measurement_enter(struct measurement *measurement, enum phase phase, int64_t now);
/* The phase is over, and measured: its length is what is counted per second goes by. Requests go
 * on, and belong to it, until the next phase is entered. */
void measurement_leave(struct measurement *measurement, int64_t now);
/* A fault was injected: from the first on it is looked for in what the probes see. */
void measurement_injected(struct measurement *measurement, int64_t now);
/* No new requests; those in flight end within their timeouts. */
void measurement_stop(struct measurement *measurement);
/* Is nothing in flight? */
bool measurement_idle(const struct measurement *measurement);
/* Has everything ended that was due in phase? Judge a phase after that, or after a grace: what is
 * still in flight counts neither as good nor as bad. */
bool measurement_settled(const struct measurement *measurement, enum phase phase);
/* Counts what is in flight as errors of kind "cancelled" and ends it. */
void measurement_cancel(struct measurement *measurement);

/* Do all probes keep their tolerances (during's in the fault phase) in this phase, so far? When
 * not, the first breach goes into why (e.g. "gateway answers: p95 412.3ms, expected <= 250ms"). A
 * probe without a sample does not hold. */
bool measurement_held(const struct measurement *measurement, enum phase phase, struct err *why);

/* Is the guard's condition true of the requests that ended in its window, which ends now? Not
 * before a whole window has passed since the start of the fault phase. More severe than a
 * tolerance: a request that timed out counts as an answer as late as that, and one that is in
 * flight for longer than the window as timed out. */
bool measurement_guard(
	const struct measurement *measurement, const struct guard *guard, int64_t now);

/* Figures for live progress: requests and successes so far in the current phase, and the p95 of
 * the last seconds, in milliseconds. */
struct measurement_glance {
	uint64_t count;
	uint64_t ok;
	double p95_ms;
};
void measurement_glance(
	const struct measurement *measurement, size_t probe, struct measurement_glance *ret_glance);

/* Writes probes[] (phases, tolerances, series) into the report; faults_end_ns is when the last
 * fault was put back (for time_to_recover; 0: there was no recovery phase): the earliest moment
 * from which on, to the end, the tolerances held (recovery.h). */
void measurement_report(
	const struct measurement *measurement, int64_t faults_end_ns, struct report *report);

#endif
