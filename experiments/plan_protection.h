/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_protection - what the protection says to the parts of a plan, as they are made.
 */
#ifndef EXPERIMENTS_PLAN_PROTECTION_H
#define EXPERIMENTS_PLAN_PROTECTION_H

#include "experiments/plan.h"

/* Fills plan->protection from the options' one and the experiment's limits, and asks it about the
 * kinds and the times of the faults. */
int plan_protect(struct plan *plan, struct err *err);

/* May all these instances, which a target matches, be touched? Asked before some are picked: an
 * experiment must not be refused by chance. */
int plan_protect_target(
	const struct plan *plan, const struct planned_target *planned, struct err *err);

/* May anything be done to the network of the action's instance? Asked before its operations are
 * planned: that it has no fit interface is no news to somebody who must not touch it. */
int plan_protect_network(struct plan *plan, const struct action *action, struct err *err);

/* May the operations of the plan's newest action be applied? Marks them with their subject. */
int plan_protect_action(struct plan *plan, const struct action *action, struct err *err);

#endif
