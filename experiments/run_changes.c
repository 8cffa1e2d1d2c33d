/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that change while they are in force: each change is asked for when it is due. */
#include <stdlib.h>
#include <string.h>

#include "experiments/run_state.h"

static int64_t due(const struct run *run, uint32_t index, size_t change)
{
	const struct fault *fault = run->plan->actions[index].fault;

	return run->faults_start_ns + fault->at_ns + fault->changes[change].offset_ns;
}

static int ask(struct run *run, uint32_t index, const struct fault_change *change, struct err *err)
{
	const struct action *action = &run->plan->actions[index];
	const struct action_state *state = &run->actions[index];
	struct operation_list list;
	int result = 0;

	if (plan_change(run->plan, action->fault, action->fault->params, state->instance->now,
		    change, &list, err) < 0)
		return -1;
	if (list.count != state->operation_count)
		result = err_set(err, ERR_UNAVAILABLE, 0, "its network interfaces have changed");
	for (size_t i = 0; result == 0 && i < list.count; i++) {
		struct impairment *impairment = &list.items[i].impairment;

		impairment->limit = state->operations[i].impairment.limit;
		result = custodian_change(run->custodian, index, state->operations[i].id,
			impairment, i + 1 == list.count, err);
	}
	free(list.items);
	return result;
}

/* The last one that is due counts: an instance that came back has missed some. */
static size_t count_due(const struct run *run, uint32_t index, int64_t now)
{
	const struct fault *fault = run->plan->actions[index].fault;
	size_t count = run->actions[index].changes;

	while (count < fault->change_count && due(run, index, count) <= now)
		count++;
	return count;
}

static void change(struct run *run, uint32_t index, int64_t now)
{
	const struct fault *fault = run->plan->actions[index].fault;
	struct action_state *state = &run->actions[index];
	size_t count = count_due(run, index, now);
	struct err err = {0};

	if (count == state->changes)
		return;
	state->changes = count;
	state->changed_to = &fault->changes[count - 1];
	state->changing = true;
	if (ask(run, index, state->changed_to, &err) < 0)
		run_stop(run, STOP_FAILED, "%s on %s could not be changed to %s: %s",
			fault->kind->name, run->report->faults[index].instance,
			state->changed_to->what, err.message);
}

int64_t run_change_due(struct run *run, int64_t now)
{
	int64_t next = INT64_MAX;

	for (uint32_t i = 0; i < run->plan->action_count && run->stop == STOP_NONE; i++) {
		const struct action_state *state = &run->actions[i];
		const struct fault *fault = run->plan->actions[i].fault;

		if (fault->change_count == 0 || !state->applied || state->finished ||
			state->leaving)
			continue;
		change(run, i, now);
		if (state->changes < fault->change_count && due(run, i, state->changes) < next)
			next = due(run, i, state->changes);
	}
	return next;
}

void run_take_change(struct run *run, const struct custodian_event *event)
{
	struct action_state *state = &run->actions[event->fault];
	struct report_fault *fault = &run->report->faults[event->fault];
	struct report_change *row;

	state->change_us += (double)event->duration_ns / 1000;
	if (!event->last || state->changed_to == NULL)
		return;
	fault->changes = arena_grow(
		&run->report->arena, fault->changes, fault->change_count, sizeof(*fault->changes));
	row = &fault->changes[fault->change_count++];
	row->at_ms = run_ms(run, event->at_ns);
	row->due_ms = run_ms(run, due(run, event->fault, state->changes - 1));
	row->what = arena_strdup(&run->report->arena, state->changed_to->what);
	row->change_us = state->change_us;
	state->change_us = 0;
	state->changing = false;
}
