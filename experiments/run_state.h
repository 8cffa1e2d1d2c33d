/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_state - what the files of the run share while it goes on.
 */
#ifndef EXPERIMENTS_RUN_STATE_H
#define EXPERIMENTS_RUN_STATE_H

#include "experiments/loop.h"
#include "experiments/run.h"
#include "faults/custodian.h"

/* Why the fault phase ends, or the whole run. */
enum run_stop {
	STOP_NONE,
	STOP_FAILED, /* a fault could not be injected */
	STOP_GUARD,
	STOP_SIGNAL,
	STOP_LOST, /* the custodian is gone */
};

/* One action on its way; parallel to plan->actions and report->faults. */
struct action_state {
	bool requested;
	bool finished; /* reverted, failed, or never to come */
	bool applied;
};

struct run {
	const struct plan *plan;
	const struct run_options *options;
	struct report *report;
	struct loop *loop;
	struct measurement *measurement;
	struct custodian *custodian; /* NULL: nothing will be injected */
	int signals;		     /* signalfd */
	int64_t start_ns;
	int64_t faults_start_ns;
	int64_t faults_end_ns; /* when the last change was put back; 0: not yet */
	enum phase phase;
	int64_t phase_start_ns;
	int64_t phase_length_ns;
	struct action_state *actions;
	size_t unfinished; /* actions requested and not finished */
	bool any_applied;
	enum run_stop stop;
	struct err stop_reason;
	struct err stuck_reason; /* why something could not be put back */
	bool custodian_ended;
	bool impatient;	 /* asked twice to stop: nothing is waited for any more */
	bool timer_over; /* the timer of the current wait has fired */
};

/* Milliseconds since the start of the run. */
double run_ms(const struct run *run, int64_t ns);

/* Adds an event to the report and shows it. */
void run_event(struct run *run, int64_t ns, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Asks the run to stop; the first reason stays. */
void run_stop(struct run *run, enum run_stop stop, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* --- run_actions.c: requests to the custodian, and what it answers --- */

/* Requests every action that is due at now; returns when the next one is, or INT64_MAX. */
int64_t run_request_due(struct run *run, int64_t now);
/* The custodian's descriptor is readable. */
void run_take_events(struct run *run);
/* Asks for the undo of everything that is active. */
void run_undo_all(struct run *run);
/* Everything requested is finished, and nothing more will be requested. */
bool run_actions_done(const struct run *run);
/* Is something not put back, as far as is known? */
bool run_unreverted(const struct run *run);

/* --- run_report.c: the parts of the report that are known in advance --- */

void run_report_begin(struct report *report, const struct plan *plan);
/* A fresh run id, e.g. "20261124-074300-1a2b3c4d", in the report's arena. */
const char *run_report_id(struct report *report);

#endif
