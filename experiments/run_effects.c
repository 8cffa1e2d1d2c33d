/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fault between instances has done: each of them stops what the others send, so that it is
 * one fault in several places, and has had an effect if it had any in one of them.
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
