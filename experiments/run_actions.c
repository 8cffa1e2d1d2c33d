/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "experiments/partition_groups.h"
#include "experiments/run_state.h"
#include "faults/standby.h"

static void finish(struct run *run, uint32_t index)
{
	struct action_state *state = &run->actions[index];

	if (state->requested && !state->finished)
		run->unfinished--;
	state->finished = true;
}

static struct report_operation *reported_operation(
	const struct run *run, const struct custodian_event *event)
{
	const struct action_state *state = &run->actions[event->fault];

	for (size_t i = 0; i < state->operation_count; i++)
		if (state->operations[i].id == event->operation)
			return &run->report->faults[event->fault].operations[state->first_row + i];
	return NULL;
}

static const char *cause_text(enum custodian_cause cause)
{
	switch (cause) {
	case CAUSE_COMMAND:
		return "ended by the run";
	case CAUSE_DEADLINE:
		return "its time was over";
	case CAUSE_RELAY:
		return "the relay process died";
	case CAUSE_RESOLVER:
		return "the resolver process died";
	case CAUSE_FAILURE:
		return "another part of it could not be injected";
	case CAUSE_ORPHANED:
		return "the main process was gone";
	}
	return "unknown";
}

static void request(struct run *run, uint32_t index, int64_t now)
{
	const struct fault *fault = run->plan->actions[index].fault;
	struct action_state *state = &run->actions[index];
	struct report_fault *reported = &run->report->faults[index];
	int64_t deadline =
		fault->kind->instant ? 0 : run->faults_start_ns + fault->at_ns + fault->duration_ns;
	struct err err;

	if (state->moves != state->instance->moves && run_plan_again(run, index, &err) < 0) {
		if (run_instance_ended(state->instance))
			return;
		run_action_gone(run, index, err.message);
		run_event(run, now, "%s on %s: not injected again: %s", reported->kind,
			reported->instance, err.message);
		return;
	}
	state->requested = true;
	run->unfinished++;
	if (reported->requested_at_ms < 0)
		reported->requested_at_ms = run_ms(run, now);
	if (custodian_apply(run->custodian, state->operations, state->operation_count, deadline,
		    &err) < 0) {
		reported->state = "failed";
		reported->error = arena_strdup(&run->report->arena, err.message);
		finish(run, index);
		run_stop(run, STOP_LOST, "%s", err.message);
	}
}

int64_t run_request_due(struct run *run, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < run->plan->action_count; i++) {
		int64_t due = run->faults_start_ns + run->plan->actions[i].fault->at_ns;

		if (run->actions[i].requested || run->actions[i].finished || run->stop != STOP_NONE)
			continue;
		if (due <= now && run_action_astray(run, (uint32_t)i))
			due = run_action_wait(run, (uint32_t)i, now);
		else if (due <= now)
			request(run, (uint32_t)i, now);
		if (due > now && due < next)
			next = due;
	}
	return next;
}

static void applied(struct run *run, const struct custodian_event *event)
{
	struct report_fault *fault = &run->report->faults[event->fault];
	struct report_operation *operation = reported_operation(run, event);
	const struct action *action = &run->plan->actions[event->fault];

	if (fault->inject_us < 0)
		fault->inject_us = 0;
	fault->inject_us += (double)event->duration_ns / 1000;
	run->any_applied = true;
	measurement_injected(run->measurement, event->at_ns);
	if (operation != NULL)
		operation->evidence = event->evidence;
	evidence_add(&fault->evidence, &event->evidence);
	if (!event->last)
		return;
	fault->state = "active";
	run->actions[event->fault].applied = true;
	if (fault->injected_at_ms < 0) {
		fault->injected_at_ms = run_ms(run, event->at_ns);
		run_event(run, event->at_ns, "%s on %s: injected by %s in %.0f us", fault->kind,
			fault->instance, fault->engine, fault->inject_us);
		run_tell_notes(run, event);
	}
	run_report_move(run, event->fault, event->at_ns);
	if (action->fault->kind->instant) {
		fault->state = "done";
		fault->effective = evidence_effective(&fault->evidence);
		finish(run, event->fault);
	}
}

static void describe_effect(struct run *run, uint32_t index, int64_t at_ns)
{
	struct report_fault *fault = &run->report->faults[index];

	fault->effective = evidence_effective(&fault->evidence);
	/* Of several that are one fault, only their sum tells: see run_effects.c. */
	if (!fault->effective && !partition_is_between(run->plan->actions[index].fault))
		run_event(run, at_ns, "%s on %s: had no effect: it touched nothing", fault->kind,
			fault->instance);
	if (fault->evidence.overlimit_drops != 0)
		run_event(run, at_ns,
			"%s on %s: %" PRIu64 " packets were dropped because the queue was full, "
			"which nobody asked for",
			fault->kind, fault->instance, fault->evidence.overlimit_drops);
}

/* docker network disconnect and connect, for instance. */
static void tell_loss(struct run *run, const struct custodian_event *event)
{
	const struct report_fault *fault = &run->report->faults[event->fault];
	const struct report_operation *operation = reported_operation(run, event);

	if (event->evidence.lost && event->cause != CAUSE_FAILURE && operation != NULL &&
		event->evidence.source == EVIDENCE_NFTABLES)
		run_event(run, event->at_ns,
			"%s on %s: its table was removed from the packet filter before its end",
			fault->kind, fault->instance);
	else if (event->evidence.lost && event->cause != CAUSE_FAILURE && operation != NULL)
		run_event(run, event->at_ns,
			"%s on %s: interface %s was removed or replaced before its end",
			fault->kind, fault->instance,
			operation->interface != NULL ? operation->interface : "?");
}

static bool has_died(enum custodian_cause cause)
{
	return cause == CAUSE_RELAY || cause == CAUSE_RESOLVER;
}

/* A name in /run/netns may lead to another namespace by now, or nowhere; the fault stays where it
 * was put, in what processes there may still keep alive. */
static void tell_replacement(struct run *run, const struct custodian_event *event)
{
	const struct report_fault *fault = &run->report->faults[event->fault];
	const struct instance *instance = run->actions[event->fault].instance->now;
	struct stat status;
	bool found;

	if (instance->kind != INSTANCE_NETNS)
		return;
	found = stat(instance->netns_path, &status) == 0;
	if (found && status.st_dev == instance->netns_device &&
		status.st_ino == instance->netns_inode)
		return;
	if (found || errno == ENOENT)
		run_event(run, event->at_ns,
			"%s on %s: its network namespace was deleted%s before its end", fault->kind,
			fault->instance, found ? " and made anew, without the fault," : "");
}

static void undone(struct run *run, const struct custodian_event *event)
{
	struct report_fault *fault = &run->report->faults[event->fault];
	struct report_operation *operation = reported_operation(run, event);

	if (fault->revert_us < 0)
		fault->revert_us = 0;
	fault->revert_us += (double)event->duration_ns / 1000;
	if (operation != NULL)
		operation->evidence = event->evidence;
	evidence_add(&fault->evidence, &event->evidence);
	if (!run->actions[event->fault].leaving)
		tell_loss(run, event);
	run->faults_end_ns = event->at_ns;
	if (!event->last)
		return;
	run->actions[event->fault].applied = false;
	fault->reverted_at_ms = run_ms(run, event->at_ns);
	if (event->cause == CAUSE_FAILURE)
		return; /* its failure follows */
	if (run->actions[event->fault].leaving && event->cause == CAUSE_COMMAND) {
		fault->error = NULL; /* of an earlier try */
		run_action_left(run, event->fault, event->at_ns);
		return;
	}
	fault->cause = cause_text(event->cause);
	fault->error = NULL; /* of an earlier try */
	fault->state = has_died(event->cause) ? "ended-early" : "reverted";
	finish(run, event->fault);
	run_event(run, event->at_ns, "%s on %s: put back in %.0f us (%s)", fault->kind,
		fault->instance, fault->revert_us, fault->cause);
	describe_effect(run, event->fault, event->at_ns);
	tell_replacement(run, event);
	if (has_died(event->cause))
		run_stop(run, STOP_FAILED, "%s on %s ended early: %s", fault->kind, fault->instance,
			fault->cause);
}

static bool is_unreverted(const struct report_fault *fault)
{
	return strcmp(fault->state, "unreverted") == 0;
}

static void failed(struct run *run, const struct custodian_event *event)
{
	struct report_fault *fault = &run->report->faults[event->fault];

	/* A part of it could not be put back, which is worse, and is still tried again. */
	if (is_unreverted(fault)) {
		run_event(run, event->at_ns, "%s on %s: could not be injected: %s", fault->kind,
			fault->instance, event->err.message);
		return;
	}
	/* What ends while something is injected into it did not fail. */
	if (run_instance_ended(run->actions[event->fault].instance)) {
		run_action_left(run, event->fault, event->at_ns);
		return;
	}
	if (run->actions[event->fault].changing) {
		fault->state = "failed";
		fault->error = arena_strdup(&run->report->arena, event->err.message);
		finish(run, event->fault);
		run_event(run, event->at_ns, "%s on %s: could not be changed to %s: %s",
			fault->kind, fault->instance, run->actions[event->fault].changed_to->what,
			event->err.message);
		run_stop(run, STOP_FAILED, "%s on %s could not be changed to %s: %s", fault->kind,
			fault->instance, run->actions[event->fault].changed_to->what,
			event->err.message);
		return;
	}
	if (fault->injected_at_ms >= 0) {
		finish(run, event->fault);
		run_action_gone(run, event->fault, event->err.message);
		run_event(run, event->at_ns, "%s on %s: not injected again: %s", fault->kind,
			fault->instance, event->err.message);
		return;
	}
	fault->state = "failed";
	fault->error = arena_strdup(&run->report->arena, event->err.message);
	finish(run, event->fault);
	run_event(run, event->at_ns, "%s on %s: could not be injected: %s", fault->kind,
		fault->instance, event->err.message);
	run_stop(run, STOP_FAILED, "%s on %s could not be injected: %s", fault->kind,
		fault->instance, event->err.message);
}

static void stuck(struct run *run, const struct custodian_event *event)
{
	struct report_fault *fault = &run->report->faults[event->fault];

	fault->state = "unreverted";
	fault->error = arena_strdup(&run->report->arena, event->err.message);
	run->stuck_reason = event->err;
	run_event(run, clock_now(), "%s on %s: could not be put back: %s", fault->kind,
		fault->instance, event->err.message);
	/* The reason of the run only if it can be put back at its end. */
	run_stop(run, STOP_FAILED, "%s on %s could not be put back at first: %s", fault->kind,
		fault->instance, event->err.message);
}

/* The custodian was killed: the journal says what is left, and the standby puts it back. */
static void recover(struct run *run)
{
	struct err err = {0};
	size_t count = 0;
	bool recovered = standby_recovered(run->plan->options.standby, &count, &err) == 0;
	int64_t now = clock_now();

	if (!recovered)
		run->stuck_reason = err;
	run_event(run, now,
		"the custodian process is gone; %zu changes were put back by the journal", count);
	for (uint32_t i = 0; i < run->plan->action_count; i++) {
		struct report_fault *fault = &run->report->faults[i];

		if (!run->actions[i].requested || run->actions[i].finished)
			continue;
		fault->state = recovered ? "reverted" : "unreverted";
		if (recovered)
			fault->error = NULL; /* of an earlier try */
		fault->cause = "the custodian process was gone";
		fault->reverted_at_ms = recovered ? run_ms(run, now) : -1;
		fault->effective = evidence_effective(&fault->evidence);
		fault->effect_unknown = !fault->effective;
		finish(run, i);
	}
	run->faults_end_ns = now;
	run->custodian_ended = true;
	run_stop(run, STOP_LOST, "the custodian process was killed");
}

void run_take_events(struct run *run)
{
	struct custodian_event event;

	while (custodian_receive(run->custodian, &event) == 1) {
		if (event.type == CUSTODIAN_ENDED) {
			run->custodian_ended = true;
			/* By a signal, perhaps of "perturb abort". */
			if (!run->end_asked)
				run_stop(run, STOP_LOST, "the custodian process was told to end");
			continue;
		}
		if (event.type == CUSTODIAN_LOST) {
			recover(run);
			continue;
		}
		if (event.fault >= run->plan->action_count)
			continue;
		switch (event.type) {
		case CUSTODIAN_APPLIED:
			applied(run, &event);
			break;
		case CUSTODIAN_CHANGED:
			run_take_change(run, &event);
			break;
		case CUSTODIAN_UNDONE:
			undone(run, &event);
			break;
		case CUSTODIAN_FAILED:
			failed(run, &event);
			break;
		case CUSTODIAN_STUCK:
			stuck(run, &event);
			break;
		case CUSTODIAN_ENDED:
		case CUSTODIAN_LOST:
			break;
		}
	}
}

void run_undo_all(struct run *run)
{
	struct err err;

	if (run->custodian_ended || run->unfinished == 0)
		return;
	if (custodian_undo(run->custodian, UINT32_MAX, &err) < 0)
		run_stop(run, STOP_LOST, "%s", err.message);
}

bool run_unreverted(const struct run *run)
{
	for (size_t i = 0; i < run->report->fault_count; i++)
		if (is_unreverted(&run->report->faults[i]))
			return true;
	return false;
}

bool run_actions_done(const struct run *run)
{
	if (run->unfinished != 0 && !run->custodian_ended && !run_unreverted(run))
		return false;
	for (size_t i = 0; i < run->plan->action_count; i++)
		if (!run->actions[i].requested && !run->actions[i].finished &&
			run->stop == STOP_NONE)
			return false;
	return true;
}
