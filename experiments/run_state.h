/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_state - what the files of the run share while it goes on.
 */
#ifndef EXPERIMENTS_RUN_STATE_H
#define EXPERIMENTS_RUN_STATE_H

#include "experiments/loop.h"
#include "experiments/run.h"
#include "experiments/targets/comeback.h"
#include "faults/custodian.h"

/* Why the fault phase ends, or the whole run. */
enum run_stop {
	STOP_NONE,
	STOP_FAILED, /* a fault could not be injected */
	STOP_GUARD,
	STOP_SIGNAL,
	STOP_LOST, /* the custodian is gone */
};

/* One instance of a target, wherever it is now. */
struct run_instance {
	struct run *run;
	const struct instance *planned;
	const struct instance *now; /* as it was last seen: as planned, or moved */
	struct instance moved;	    /* owned */
	uint32_t moves;		    /* how often it came back after it was gone */
	bool gone;
	int pidfd; /* of its process; -1: not watched */
	struct comeback comeback;
};

/* One action on its way; parallel to plan->actions and report->faults. */
struct action_state {
	bool requested;
	bool finished;			       /* reverted, failed, gone, or never to come */
	bool applied;			       /* it is in place */
	bool changing;			       /* a change was asked for, and not answered yet */
	size_t changes;			       /* of its fault, that were asked for or missed */
	const struct fault_change *changed_to; /* the last one asked for */
	double change_us;		       /* that it has taken so far */
	bool leaving; /* its instance is gone, and its undo was asked for */
	struct run_instance *instance;
	/* for the instance as it was after so many moves: the plan's operations, or its own */
	uint32_t moves;
	const struct operation *operations;
	size_t operation_count;
	size_t first_row; /* of them, in the report */
	struct operation_list own;
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
	struct run_instance *instances;
	size_t instance_count;
	struct comebacks *comebacks; /* NULL: nothing that could come back */
	uint32_t next_operation;     /* id of the next one that is planned while the run goes on */
	size_t unfinished;	     /* actions requested and not finished */
	bool any_applied;
	enum run_stop stop;
	struct err stop_reason;
	struct err stuck_reason; /* why something could not be put back */
	bool end_asked;		 /* the custodian was told to end the run */
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

/* --- run_changes.c: faults that change --- */

/* Asks for every change that is due at now; returns when the next one is, or INT64_MAX. */
int64_t run_change_due(struct run *run, int64_t now);
/* The custodian has made one. */
void run_take_change(struct run *run, const struct custodian_event *event);

/* --- run_effects.c --- */

/* When all faults are over: did those between instances touch anything? */
void run_settle_effects(struct run *run);
/* Says what a user should know of a fault that was injected. */
void run_tell_notes(struct run *run, const struct custodian_event *event);

/* --- run_follow.c: targets that move --- */

/* Watches every instance of the plan, and ends it. */
int run_follow_begin(struct run *run, struct err *err);
void run_follow_end(struct run *run);
void run_follow_release(struct run *run);
/* Has its process ended? Asks the kernel, and sees to what follows from it. */
bool run_instance_ended(struct run_instance *instance);
/* Is the action's instance gone, or somewhere where the action does not follow? */
bool run_action_astray(const struct run *run, uint32_t index);
/* An astray action is due: until when it waits for its instance; INT64_MAX when it is over. */
int64_t run_action_wait(struct run *run, uint32_t index, int64_t now);
/* Everything of an action is undone whose instance is gone: it waits, or is over. */
void run_action_left(struct run *run, uint32_t index, int64_t now);
/* It is over, and not requested any more; why may be NULL. */
void run_action_gone(struct run *run, uint32_t index, const char *why);
/* Notes that the action was injected into the instance that came back. */
void run_report_move(struct run *run, uint32_t index, int64_t at_ns);
/* Plans the action's operations for where its instance is now. */
int run_plan_again(struct run *run, uint32_t index, struct err *err);

/* --- run_report.c: the parts of the report that are known in advance --- */

void run_report_begin(struct report *report, const struct plan *plan);
void run_report_operations(struct report *report, struct report_fault *fault,
	const struct operation *operations, size_t count);
/* A fresh run id, e.g. "20261124-074300-1a2b3c4d", in the report's arena. */
const char *run_report_id(struct report *report);

#endif
