/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The custodian's side of the pair: the only code that changes anything. It takes requests in
 * batches, so that one journal write serves many operations, keeps the deadlines by its own clock,
 * and ends only when everything is put back, or cannot be.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "faults/custodian_state.h"
#include "faults/netns.h"
#include "faults/privileges.h"
#include "faults/proc.h"
#include "faults/relay.h"
#include "faults/resolver.h"
#include "faults/stand_alone.h"
#include "faults/wire.h"
#include "reports/mem.h"

/* An undo that failed is tried again this often, for this long. */
#define RETRY_INTERVAL_NS 50000000LL
#define RETRY_TIME_NS	  5000000000LL

static bool matches_deadline(const struct entry *entry, int64_t now)
{
	return entry->state == STATE_APPLIED && entry->deadline_ns != 0 &&
	       entry->deadline_ns <= now;
}

static bool matches_relay(const struct entry *entry, int64_t unused)
{
	(void)unused;
	return entry->operation.type == OPERATION_RELAY;
}

static bool matches_resolver(const struct entry *entry, int64_t unused)
{
	(void)unused;
	return entry->operation.type == OPERATION_DNS;
}

static bool matches_asked(const struct entry *entry, int64_t unused)
{
	(void)unused;
	return entry->asked;
}

static bool matches_stuck(const struct entry *entry, int64_t unused)
{
	(void)unused;
	return entry->state == STATE_STUCK;
}

/* Tries again what could not be put back; true when nothing is left. */
static bool retry_until_done(struct custodian_state *state, enum custodian_cause cause)
{
	int64_t give_up = monotonic_ns() + RETRY_TIME_NS;

	while (state->open != 0 && monotonic_ns() < give_up) {
		struct timespec pause = {.tv_nsec = RETRY_INTERVAL_NS};

		nanosleep(&pause, NULL);
		custodian_undo_where(state, cause, matches_stuck, 0);
	}
	return state->open == 0;
}

/* Everything back, then the journal away. False: something is left, and the journal says what. */
static bool end_run(struct custodian_state *state, enum custodian_cause cause)
{
	struct custodian_event event = {.type = CUSTODIAN_ENDED, .cause = cause};
	int64_t start = monotonic_ns();
	size_t left = state->open;

	if (state->journal == NULL)
		return true;
	custodian_undo_where(state, cause, custodian_matches_fault, UINT32_MAX);
	custodian_flush(state);
	if (!retry_until_done(state, cause)) {
		system_log_say(&state->log, LOG_ERR, state->run_id,
			"%zu of %zu changes could not be put back; they stay in the journal under "
			"%s: run \"perturb recover\"",
			state->open, left, CUSTODIAN_RUN_DIRECTORY);
		custodian_flush(state);
		return false;
	}
	event.at_ns = monotonic_ns();
	if (journal_remove(state->journal, &event.err) < 0)
		system_log_say(&state->log, LOG_ERR, state->run_id, "%s", event.err.message);
	journal_free(state->journal);
	state->journal = NULL;
	relay_free(state->context.relay);
	state->context.relay = NULL;
	resolver_free(state->context.resolver);
	state->context.resolver = NULL;
	/* Its sockets keep namespaces alive. */
	netns_cache_free(state->context.netns);
	state->context.netns = NULL;
	state->count = 0;
	state->batch_count = 0;
	if (cause == CAUSE_ORPHANED)
		system_log_say(&state->log, LOG_WARNING, state->run_id,
			"the main process is gone; put %zu changes back in %.1f ms", left,
			(double)(event.at_ns - start) / 1e6);
	custodian_say(state, &event);
	custodian_flush(state);
	return true;
}

static _Noreturn void end(struct custodian_state *state, enum custodian_cause cause)
{
	_exit(end_run(state, cause) ? 0 : 5);
}

static _Noreturn void end_by_signal(struct custodian_state *state)
{
	if (state->journal != NULL)
		system_log_say(&state->log, LOG_WARNING, state->run_id,
			"told to end by SIGTERM; putting %zu changes back", state->open);
	end(state, CAUSE_COMMAND);
}

static int begin_run(struct custodian_state *state, const struct request *request, struct err *err)
{
	struct journal_header header = {
		.main_pid = state->main_pid, .main_start_time = state->main_start_time};

	if (state->journal != NULL)
		return err_set(err, ERR_SYSTEM, 0, "a run is going on already");
	state->kept_count = 0; /* of an earlier run, which is of no interest any more */
	protection_use_release(&state->use);
	state->in_force = state->protection;
	if (protection_narrow(&state->in_force, state->offered, err) < 0)
		return -1;
	if (netns_cache_new(&state->context.netns, err) < 0)
		return -1;
	memcpy(header.title, request->title, sizeof(header.title));
	memcpy(state->run_id, request->run_id, sizeof(state->run_id));
	if (journal_create(state->run_id, &header, &state->journal, err) < 0) {
		netns_cache_free(state->context.netns);
		state->context.netns = NULL;
		return -1;
	}
	return 0;
}

static void answer(struct custodian_state *state, struct request *request)
{
	struct reply reply = {.type = REPLY_READY};
	struct err *err = &reply.event.err;

	request->run_id[sizeof(request->run_id) - 1] = '\0';
	request->title[sizeof(request->title) - 1] = '\0';
	if ((request->type == REQUEST_PROTECT
			    ? protection_narrow(&state->protection, state->offered, err)
			    : begin_run(state, request, err)) < 0)
		reply.type = REPLY_NOT_READY;
	(void)wire_send(state->socket, &reply, sizeof(reply), 0);
}

/* Applies the complete actions of the batch and keeps the beginning of one that is still coming. */
static void apply_complete(struct custodian_state *state)
{
	size_t complete = state->batch_count;

	while (complete != 0 && !state->batch[complete - 1].last)
		complete--;
	custodian_apply_batch(state, state->batch, complete);
	state->batch_count -= complete;
	memmove(state->batch, state->batch + complete,
		state->batch_count * sizeof(state->batch[0]));
}

/* Many targets may end at once: what is asked for together is put back together. */
static void note_undo(struct custodian_state *state, uint32_t fault)
{
	for (size_t i = 0; i < state->count; i++)
		if (custodian_matches_fault(&state->entries[i], fault))
			state->entries[i].asked = true;
	state->undo_asked = true;
}

static void undo_asked(struct custodian_state *state)
{
	if (!state->undo_asked)
		return;
	state->undo_asked = false;
	custodian_undo_where(state, CAUSE_COMMAND, matches_asked, 0);
}

static void serve_request(struct custodian_state *state, struct request *request)
{
	switch (request->type) {
	case REQUEST_PROTECT:
	case REQUEST_BEGIN:
		answer(state, request);
		break;
	case REQUEST_CHANGE:
		custodian_change_entry(state, request);
		break;
	case REQUEST_UNDO:
		note_undo(state, request->fault);
		break;
	case REQUEST_END:
		if (!end_run(state, CAUSE_COMMAND))
			_exit(5);
		break;
	case REQUEST_APPLY:
		break; /* comes in batches */
	}
}

/* Takes what waits in the socket, at most one batch of it, and never waits itself: the main process
 * may be stopped between two requests of one action. */
static void take_requests(struct custodian_state *state)
{
	struct request asked;

	while (state->batch_count < CUSTODIAN_BATCH_MAX) {
		struct request *request = &state->batch[state->batch_count];
		ssize_t got = wire_receive(state->socket, request, sizeof(*request), MSG_DONTWAIT);

		if (got < 0 && errno == EAGAIN)
			break;
		if (got <= 0) {
			/* Nobody is left to want what was asked for a moment ago. */
			state->socket = -1;
			end(state, CAUSE_ORPHANED);
		}
		if (request->type == REQUEST_APPLY) {
			state->batch_count++;
			continue;
		}
		/* Requests keep their order: first what was asked for before. */
		asked = *request;
		if (asked.type != REQUEST_UNDO || state->batch_count != 0) {
			undo_asked(state);
			apply_complete(state);
		}
		serve_request(state, &asked);
		if (asked.type != REQUEST_UNDO && asked.type != REQUEST_CHANGE)
			return;
	}
	undo_asked(state);
	apply_complete(state);
}

static int64_t next_wakeup(const struct custodian_state *state)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < state->count; i++) {
		const struct entry *entry = &state->entries[i];

		if (entry->state == STATE_APPLIED && entry->deadline_ns != 0 &&
			entry->deadline_ns < next)
			next = entry->deadline_ns;
		if (entry->state == STATE_STUCK && monotonic_ns() + RETRY_INTERVAL_NS < next)
			next = monotonic_ns() + RETRY_INTERVAL_NS;
	}
	return next;
}

static bool is_namespace_used(uint64_t device, uint64_t inode, const void *data)
{
	const struct custodian_state *state = data;

	for (size_t i = 0; i < state->count; i++)
		if (state->entries[i].state != STATE_FINISHED &&
			state->entries[i].operation.netns_device == device &&
			state->entries[i].operation.netns_inode == inode)
			return true;
	return false;
}

/* Forgets finished entries when nothing is open, so that a long run does not grow, and lets go of
 * namespaces in which nothing is left to do: a target that has ended is to vanish. */
static void forget_finished(struct custodian_state *state)
{
	if (state->open == 0)
		state->count = 0;
	if (state->undone && state->context.netns != NULL)
		netns_cache_trim(state->context.netns, is_namespace_used, state);
	state->undone = false;
}

static _Noreturn void serve(struct custodian_state *state)
{
	for (;;) {
		struct pollfd waited[4] = {
			{.fd = state->socket,
				.events = state->kept_count != 0 ? POLLIN | POLLOUT : POLLIN},
			{.fd = state->signals, .events = POLLIN},
			{.fd = state->context.relay != NULL ? relay_fd(state->context.relay) : -1,
				.events = POLLIN},
			{.fd = state->context.resolver != NULL
					? resolver_fd(state->context.resolver)
					: -1,
				.events = POLLIN},
		};
		int64_t wakeup = next_wakeup(state);
		int64_t wait_ns = wakeup == INT64_MAX ? 0 : wakeup - monotonic_ns();
		struct timespec timeout;

		if (wait_ns < 0)
			wait_ns = 0;
		timeout.tv_sec = wait_ns / 1000000000;
		timeout.tv_nsec = wait_ns % 1000000000;
		if (ppoll(waited, ARRAY_SIZE(waited), wakeup == INT64_MAX ? NULL : &timeout, NULL) <
				0 &&
			errno != EINTR)
			end(state, CAUSE_ORPHANED);
		if (waited[2].revents != 0) {
			custodian_undo_where(state, CAUSE_RELAY, matches_relay, 0);
			relay_free(state->context.relay);
			state->context.relay = NULL;
		}
		if (waited[3].revents != 0) {
			custodian_undo_where(state, CAUSE_RESOLVER, matches_resolver, 0);
			resolver_free(state->context.resolver);
			state->context.resolver = NULL;
		}
		custodian_undo_where(state, CAUSE_DEADLINE, matches_deadline, monotonic_ns());
		custodian_undo_where(state, CAUSE_COMMAND, matches_stuck, 0);
		if (waited[1].revents != 0)
			end_by_signal(state);
		if ((waited[0].revents & ~POLLOUT) != 0)
			take_requests(state);
		custodian_flush(state);
		forget_finished(state);
	}
}

static int watch_signals(struct custodian_state *state, struct err *err)
{
	sigset_t ended;

	sigemptyset(&ended);
	sigaddset(&ended, SIGTERM);
	state->signals = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
	if (state->signals < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot watch for signals");
	return 0;
}

/* For whom the journals are written: whoever made the socket pair. */
static int know_main(struct custodian_state *state, struct err *err)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(state->socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot tell whose custodian this is");
	state->main_pid = credentials.pid;
	/* Gone already: then it will be noticed in a moment. */
	(void)proc_start_time(state->main_pid, &state->main_start_time, NULL);
	return 0;
}

_Noreturn void custodian_main(int socket, const struct protection *protection,
	const struct protection *offered, const struct distribution_tables *tables)
{
	struct reply reply = {.type = REPLY_READY};
	struct custodian_state *state = calloc(1, sizeof(*state));

	if (state == NULL)
		_exit(3);
	state->socket = socket;
	state->protection = *protection;
	state->offered = offered;
	state->context.tables = tables;
	state->context.protection = &state->in_force;
	state->context.shares_clsact = custodian_shares_clsact;
	state->context.others = state;
	if (stand_alone("perturb-custod", &state->socket, PRIVILEGES_OF_CUSTODIAN,
		    &reply.event.err) < 0 ||
		watch_signals(state, &reply.event.err) < 0 ||
		know_main(state, &reply.event.err) < 0)
		reply.type = REPLY_NOT_READY;
	system_log_open(&state->log, "custodian");
	if (wire_send(state->socket, &reply, sizeof(reply), 0) < 0 || reply.type != REPLY_READY)
		_exit(3);
	serve(state);
}
