/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process_plan - what the process kinds (kill, pause) plan alike.
 */
#ifndef FAULTS_PROCESS_PLAN_H
#define FAULTS_PROCESS_PLAN_H

#include "faults/kind.h"

/* Appends an operation that names the instance's process; refuses instances without one, pid 1,
 * kernel threads, and perturb with its ancestors. */
int process_plan_operation(const struct instance *instance, struct operation_list *list,
	struct operation **ret_operation, struct err *err);

#endif
