/* SPDX-License-Identifier: Apache-2.0 */
/*
 * custodian_state - what the files of the custodian's process share.
 */
#ifndef FAULTS_CUSTODIAN_STATE_H
#define FAULTS_CUSTODIAN_STATE_H

#include "faults/clock.h"
#include "faults/custodian_wire.h"
#include "faults/journal.h"
#include "faults/protection.h"
#include "faults/system_log.h"

#define CUSTODIAN_UNSAID_MAX 64

/* Events for a main process that does not read at the moment; more than a thousand instances cause
 * while it is stopped. */
#define CUSTODIAN_KEPT_MAX 16384

enum state { STATE_PREPARED, STATE_APPLIED, STATE_STUCK, STATE_FINISHED };

struct entry {
	struct operation operation;
	int64_t deadline_ns;
	enum state state;
	bool told;  /* the main process knows that it is stuck */
	bool asked; /* its undo was asked for */
};

struct custodian_state {
	int socket; /* -1: the main process is gone */
	int signals;
	struct system_log log;
	pid_t main_pid;
	uint64_t main_start_time;
	char run_id[JOURNAL_NAME_MAX]; /* of the run that goes on */
	struct operation_context context;
	struct journal *journal;
	struct protection protection;
	const struct protection *offered; /* shared memory: what the main process adds */
	struct protection in_force;	  /* in this run, with what was added */
	struct protection_use use;
	struct entry *entries; /* in the order of their application */
	size_t count;
	size_t capacity;
	size_t open;	 /* entries that are not finished */
	bool undo_asked; /* of some of them */
	bool undone;	 /* some have been finished since namespaces were last looked over */
	size_t unsaid_count;
	struct reply unsaid[CUSTODIAN_UNSAID_MAX]; /* events that wait to be sent together */
	struct reply *kept; /* heap: events that did not fit into the socket, and go before those */
	size_t kept_count;
	size_t kept_capacity;
	size_t batch_count;
	struct request batch[CUSTODIAN_BATCH_MAX];
};

/* Tells the main process, if it is there and listens: with the next flush, because waking it for
 * every event costs more than most of the changes that they tell of. */
void custodian_say(struct custodian_state *state, const struct custodian_event *event);
void custodian_flush(struct custodian_state *state);

/* Takes APPLY requests of complete actions: prepares all, journals them in one write, applies them
 * and says so. An action of which one part fails is put back as a whole. */
void custodian_apply_batch(struct custodian_state *state, struct request *requests, size_t count);

/* Makes an operation that is in place do something else, and says so. */
void custodian_change_entry(struct custodian_state *state, const struct request *request);

/* Puts back every entry that is not finished and that matches, the youngest first. */
void custodian_undo_where(struct custodian_state *state, enum custodian_cause cause,
	bool (*matches)(const struct entry *entry, int64_t argument), int64_t argument);

/* For struct operation_context; others is the struct custodian_state. */
bool custodian_shares_clsact(const void *others, const struct operation *operation);

/* Entries of an action (UINT32_MAX: of every one). */
bool custodian_matches_fault(const struct entry *entry, int64_t fault);

#endif
