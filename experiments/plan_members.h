/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_members - whom a fault is done to: of each of its targets, the instances that the step's own
 * pick means.
 */
#ifndef EXPERIMENTS_PLAN_MEMBERS_H
#define EXPERIMENTS_PLAN_MEMBERS_H

#include "experiments/partition_groups.h"
#include "experiments/plan.h"

struct plan_members {
	struct partition_member *items; /* heap; in the order of targets and names */
	size_t count;
};

/* The same at any time: targets must be resolved. Groups are not assigned yet. */
struct plan_members plan_members_of(const struct plan *plan, const struct fault *fault);
void plan_members_release(struct plan_members *members);

/* The resolved target of that index into the experiment's. */
const struct planned_target *plan_target(const struct plan *plan, size_t target);

#endif
