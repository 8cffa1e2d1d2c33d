/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/plan_limits.h"

#include "faults/operation_place.h"

int plan_check_limits(const struct plan *plan, struct err *err)
{
	const struct protection *limits = &plan->protection;
	size_t total = 0;

	for (size_t i = 0; i < plan->target_count; i++) {
		const struct planned_target *planned = &plan->targets[i];
		double percent = 100.0 * (double)planned->instances.count /
				 (double)(planned->matched == 0 ? 1 : planned->matched);

		if (planned->only_aimed_at)
			continue;
		total += planned->instances.count;
		if (limits->max_percent > 0 && percent > limits->max_percent) {
			err_set(err, ERR_UNAVAILABLE, 0,
				"target '%s' means %zu of %zu instances (%.0f%%), "
				"limits.max_percent is %g%%%s: pick fewer",
				planned->target->name, planned->instances.count, planned->matched,
				percent, limits->max_percent,
				protection_place(limits, limits->max_percent_line).text);
			err->loc = planned->target->loc;
			return -1;
		}
	}
	if (limits->max_instances != 0 && total > limits->max_instances)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"the targets mean %zu instances, limits.max_instances is %u%s: pick fewer",
			total, limits->max_instances,
			protection_place(limits, limits->max_instances_line).text);
	return 0;
}

bool plan_same_time(const struct fault *a, const struct fault *b)
{
	return a->at_ns < b->at_ns + b->duration_ns && b->at_ns < a->at_ns + a->duration_ns;
}

static bool overlap(const struct plan *plan, const struct action *a, const struct action *b)
{
	if (!plan_same_time(a->fault, b->fault))
		return false;
	for (size_t i = 0; i < a->operation_count; i++)
		for (size_t j = 0; j < b->operation_count; j++)
			if (operation_excludes(&plan->operations.items[a->first_operation + i],
				    &plan->operations.items[b->first_operation + j]))
				return true;
	return false;
}

int plan_check_overlaps(const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < plan->action_count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct action *later = &plan->actions[i];
			const struct action *earlier = &plan->actions[j];

			if (!overlap(plan, earlier, later))
				continue;
			err_set(err, ERR_USAGE, 0,
				"%s and %s would change '%s' at the same time: combine them in "
				"one 'network' fault, aim them at different packets, or let one "
				"begin after the other",
				earlier->fault->kind->name, later->fault->kind->name,
				later->instance->name);
			err->loc = later->fault->loc;
			return -1;
		}
	}
	return 0;
}
