/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What faults do besides what their rows of the report say. One between instances is one fault in
 * several places, each of which stops what the others send: it has had an effect if it had any in
 * one of them.
 */
#include "experiments/partition_groups.h"
#include "experiments/run_state.h"

static bool was_injected(const struct run *run, size_t index, const struct fault *fault)
{
	return run->plan->actions[index].fault == fault &&
	       run->report->faults[index].injected_at_ms >= 0;
}

static void settle(struct run *run, const struct fault *fault, int64_t now)
{
	const struct plan *plan = run->plan;
	bool effective = false;

	for (size_t i = 0; i < plan->action_count; i++)
		if (was_injected(run, i, fault))
			effective =
				effective || evidence_effective(&run->report->faults[i].evidence);
	for (size_t i = 0; i < plan->action_count; i++) {
		struct report_fault *reported = &run->report->faults[i];

		if (!was_injected(run, i, fault))
			continue;
		reported->effective = effective;
		if (!effective && reported->reverted_at_ms >= 0)
			run_event(run, now, "%s on %s: had no effect: it touched nothing",
				reported->kind, reported->instance);
	}
}

void run_settle_effects(struct run *run)
{
	const struct experiment *experiment = run->plan->experiment;
	const int64_t now = clock_now();

	for (size_t i = 0; i < experiment->fault_count; i++)
		if (partition_is_between(&experiment->faults[i]))
			settle(run, &experiment->faults[i], now);
}

/* Once for a fault, however many interfaces it is on. */
static void tell_if(struct run *run, const struct custodian_event *event,
	bool (*is_so)(const struct operation *operation), const char *what)
{
	const struct action_state *state = &run->actions[event->fault];
	const struct report_fault *fault = &run->report->faults[event->fault];

	for (size_t i = 0; i < state->operation_count; i++) {
		if (!is_so(&state->operations[i]))
			continue;
		run_event(run, event->at_ns, "%s on %s: %s", fault->kind, fault->instance, what);
		return;
	}
}

void run_tell_notes(struct run *run, const struct custodian_event *event)
{
	tell_if(run, event, operation_takes_super_packets, OPERATION_SUPER_PACKETS);
	tell_if(run, event, operation_skips_filters, OPERATION_SKIPS_FILTERS);
}
