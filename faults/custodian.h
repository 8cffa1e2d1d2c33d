/* SPDX-License-Identifier: Apache-2.0 */
/*
 * custodian - the process that injects, and that always puts back.
 *
 * Forked before anything is read, because the main process then gives its privileges up; a session
 * of its own, tied to the main process by one SOCK_SEQPACKET pair. It serves one run after the
 * other. It journals every operation before it applies it, and undoes it on command,
 * at its deadline, or at once when the other end of the pair is gone.
 */
#ifndef FAULTS_CUSTODIAN_H
#define FAULTS_CUSTODIAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults/distribution_table.h"
#include "faults/operation.h"
#include "reports/err.h"
#include "reports/evidence.h"

#define CUSTODIAN_RUN_DIRECTORY "/run/perturb"

enum custodian_event_type {
	CUSTODIAN_APPLIED, /* all operations of one action are in place */
	CUSTODIAN_CHANGED, /* an operation has changed; last: of those changed together */
	CUSTODIAN_FAILED,  /* one could not be applied; its action was put back (err says why) */
	CUSTODIAN_UNDONE,  /* all operations of one action are put back */
	CUSTODIAN_STUCK, /* an operation could not be put back; the journal stays (err says why) */
	CUSTODIAN_ENDED, /* everything was put back and the journal is gone; the run's last event */
	CUSTODIAN_LOST,	 /* the custodian is gone without a farewell */
};

enum custodian_cause {
	CAUSE_COMMAND,	/* the main process asked for it */
	CAUSE_DEADLINE, /* the fault's time was over */
	CAUSE_RELAY,	/* the relay died */
	CAUSE_RESOLVER, /* the resolver did */
	CAUSE_FAILURE,	/* another operation of the same action failed */
	CAUSE_ORPHANED, /* the main process was gone */
};

struct custodian_event {
	enum custodian_event_type type;
	uint32_t fault;	    /* the action (operation.fault) */
	uint32_t operation; /* operation.id; UNDONE and APPLIED come once per operation */
	enum custodian_cause cause;
	bool last;	     /* of its action */
	int64_t at_ns;	     /* CLOCK_MONOTONIC, when the change was complete */
	int64_t duration_ns; /* that this operation took */
	struct evidence evidence;
	struct err err;
};

struct custodian; /* the main process's side */

struct protection; /* protection.h */

/* Forks the custodian and waits until it is ready. It keeps a copy of the protection, and refuses
 * by that what it is asked to apply. Call it before curl, threads or other descriptors exist. */
int custodian_start(
	const struct protection *protection, struct custodian **ret_custodian, struct err *err);

/* Narrows the protection for good, by the policy of this machine (protection_narrow). */
int custodian_protect(
	struct custodian *custodian, const struct protection *policy, struct err *err);

pid_t custodian_pid(const struct custodian *custodian);

/* What a run's operations name by numbers; call it before the run begins. */
void custodian_offer_tables(struct custodian *custodian, const struct distribution_tables *tables);

/* Begins a run: its journal is created. The title is for those who look into it. For this run, the
 * protection is narrowed by its limits. */
int custodian_begin(struct custodian *custodian, const char *run_id, const char *title,
	const struct protection *limits, struct err *err);

/* Readable when an event waits. */
int custodian_fd(const struct custodian *custodian);

/* Hands over the operations of one action (all with the same .fault), to be undone at deadline_ns
 * (CLOCK_MONOTONIC; 0: instant, nothing to undo). Answered by events. */
int custodian_apply(struct custodian *custodian, const struct operation *operations, size_t count,
	int64_t deadline_ns, struct err *err);

/* Asks for a change of one operation of an action that is in place; last: of those that change
 * together. Answered by CHANGED, or, when it cannot be made, as an action that fails: its
 * operations are put back. Nothing is said about one that is over by then. */
int custodian_change(struct custodian *custodian, uint32_t fault, uint32_t operation,
	const struct impairment *impairment, bool last, struct err *err);

/* Asks for the undo of one action, or of all (UINT32_MAX). Answered by events. */
int custodian_undo(struct custodian *custodian, uint32_t fault, struct err *err);

/* Undoes whatever is left and ends the run. Answered by CUSTODIAN_ENDED after the other events, or
 * by CUSTODIAN_LOST when something cannot be put back: it then gives up. */
int custodian_end(struct custodian *custodian, struct err *err);

/* Takes the next event; returns 1 with an event, 0 when none waits. */
int custodian_receive(struct custodian *custodian, struct custodian_event *ret_event);

/* Nobody wants to wait for its end: custodian_free will not. */
void custodian_abandon(struct custodian *custodian);

/* Closes the pair (which makes a living custodian undo everything), reaps the process, frees. */
void custodian_free(struct custodian *custodian);

#endif
