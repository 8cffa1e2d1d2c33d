/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_limits - what a plan must not do, even when its file asks for it.
 */
#ifndef EXPERIMENTS_PLAN_LIMITS_H
#define EXPERIMENTS_PLAN_LIMITS_H

#include "experiments/plan.h"

/* The experiment's own limits: max_instances, max_percent. ERR_UNAVAILABLE: they depend on what is
 * running, not on the file alone. */
int plan_check_limits(const struct plan *plan, struct err *err);

/* Two faults must not change the same thing at the same time: one interface has one root qdisc, one
 * process is frozen once. ERR_USAGE with the place of the later one. */
int plan_check_overlaps(const struct plan *plan, struct err *err);

/* Are both active for some time? */
bool plan_same_time(const struct fault *a, const struct fault *b);

#endif
