/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_protection - what the protection says to the parts of a plan, as they are made.
 */
#ifndef EXPERIMENTS_PLAN_PROTECTION_H
#define EXPERIMENTS_PLAN_PROTECTION_H

#include "experiments/plan.h"

/* Fills plan->limits and plan->protection, and asks about the kinds and the times of the faults. */
int plan_protect(struct plan *plan, struct err *err);

/* May all these instances, which a target matches, be touched? Asked before some are picked: an
 * experiment must not be refused by chance. */
int plan_protect_target(
	const struct plan *plan, const struct planned_target *planned, struct err *err);

/* May that be done to the action's instance, as far as it is known before its operations are
 * planned? Who must not touch a network need not hear that it has no fit interface. */
int plan_protect_instance(struct plan *plan, const struct action *action, struct err *err);

/* May the operations of the plan's newest action be applied? Marks them with their subject. */
int plan_protect_action(struct plan *plan, const struct action *action, struct err *err);

#endif
