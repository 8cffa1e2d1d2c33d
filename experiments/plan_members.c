/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/plan_members.h"

#include <string.h>

#include "reports/mem.h"

/* Which of a target's instances this step's own pick means; chosen is as long as the list. */
static void pick_for_step(const struct plan *plan, const struct fault *fault,
	const struct planned_target *planned, bool *chosen)
{
	struct instance_list names = {0};

	for (size_t i = 0; i < planned->instances.count; i++) {
		names.items = xgrow(names.items, names.count, sizeof(*names.items));
		names.items[names.count].id = xstrdup(planned->instances.items[i].id);
		names.items[names.count++].name = xstrdup(planned->instances.items[i].name);
	}
	targets_pick(&names, &fault->pick, plan->options.seed, planned->target->name);
	for (size_t i = 0; i < planned->instances.count; i++)
		for (size_t j = 0; j < names.count; j++)
			if (strcmp(planned->instances.items[i].id, names.items[j].id) == 0)
				chosen[i] = true;
	instance_list_release(&names);
}

const struct planned_target *plan_target(const struct plan *plan, size_t target)
{
	for (size_t i = 0; i < plan->target_count; i++)
		if (plan->targets[i].target == &plan->experiment->targets[target])
			return &plan->targets[i];
	return NULL; /* not reached: every used target was resolved */
}

static void add_members(const struct plan *plan, const struct fault *fault, size_t index,
	struct plan_members *members)
{
	const struct planned_target *planned = plan_target(plan, fault_target(fault, index));
	cleanup_free bool *chosen = xcalloc(planned->instances.count, sizeof(*chosen));

	pick_for_step(plan, fault, planned, chosen);
	for (size_t i = 0; i < planned->instances.count; i++) {
		if (!chosen[i])
			continue;
		members->items = xgrow(members->items, members->count, sizeof(*members->items));
		members->items[members->count++] = (struct partition_member){
			.instance = &planned->instances.items[i], .target = index};
	}
}

struct plan_members plan_members_of(const struct plan *plan, const struct fault *fault)
{
	struct plan_members members = {0};

	for (size_t i = 0; i < fault_target_count(fault); i++)
		add_members(plan, fault, i, &members);
	return members;
}

void plan_members_release(struct plan_members *members)
{
	free(members->items);
	memset(members, 0, sizeof(*members));
}
