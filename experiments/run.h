/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run - carries a plan out: baseline, faults, recovery, in one event loop, into a report.
 */
#ifndef EXPERIMENTS_RUN_H
#define EXPERIMENTS_RUN_H

#include "experiments/measurement.h"
#include "experiments/plan.h"
#include "faults/custodian.h"
#include "reports/report.h"

/* What a terminal wants to know while a run goes on; every function may be NULL. */
struct run_observer {
	void *data;
	void (*event)(void *data, double at_ms, const char *what);
	/* about ten times a second */
	void (*tick)(void *data, enum phase phase, double elapsed_ms, double total_ms,
		const struct experiment *experiment, const struct measurement *measurement);
};

struct run_options {
	bool probe_only; /* measure the steady state for the baseline's time, inject nothing */
	bool strict;	 /* inconclusive is not good enough, whatever the experiment says */
	struct custodian *custodian; /* NULL with probe_only */
	const struct run_observer *observer;
};

/* Fills the report as far as the run got, verdict, exit_code and reason included. Never fails: what
 * went wrong is in the report. */
void run_plan(const struct plan *plan, const struct run_options *options, struct report *report);

/* Fills the report of a run that could not even be planned: verdict not-started, with err as the
 * reason. */
void run_refused(const struct experiment *experiment, uint64_t seed, const struct err *err,
	struct report *report);

#endif
