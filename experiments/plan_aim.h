/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_aim - from the names in the aims of an experiment to addresses.
 */
#ifndef EXPERIMENTS_PLAN_AIM_H
#define EXPERIMENTS_PLAN_AIM_H

#include <stdbool.h>

#include "experiments/plan.h"

/* Does the fault's aim, or any, name the target, so that its addresses are needed? */
bool fault_is_aimed_by(const struct fault *fault, size_t target);
bool plan_aims_name(const struct experiment *experiment, size_t target);

/* Completes the parameters of every fault, once the targets are resolved. ERR_UNAVAILABLE for a
 * name that means no address, ERR_USAGE for more than an aim can hold; both with their place. */
int plan_resolve_aims(struct plan *plan, struct err *err);
void plan_release_aims(struct plan *plan);

/* The parameters of a fault, its aims complete; borrowed. */
const struct fault_params *plan_params(const struct plan *plan, const struct fault *fault);

/* Is the ssh session to be spared, although there is none? Somebody may rely on it. */
bool plan_misses_ssh(const struct plan *plan);
#define PLAN_MISSES_SSH "spare ssh: no ssh session was found, nothing is spared"

#endif
