/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_claims - what a plan would change must not be another run's at the moment.
 */
#ifndef EXPERIMENTS_PLAN_CLAIMS_H
#define EXPERIMENTS_PLAN_CLAIMS_H

#include "experiments/plan.h"

/* ERR_UNAVAILABLE with the place of the fault, when a journal of another run holds what it would
 * change, or was left over with it. The custodian asks again when the time has come. */
int plan_check_claims(const struct plan *plan, struct err *err);

#endif
