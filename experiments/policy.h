/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy - what this machine's administrator lets anybody do with perturb: one YAML file, read
 * before any experiment.
 */
#ifndef EXPERIMENTS_POLICY_H
#define EXPERIMENTS_POLICY_H

#include "faults/protection.h"
#include "reports/err.h"

/* Adds the policy at path to the protection, which keeps the path. 1 when there is one, 0 when
 * there is no such file. -1 when it is not to be trusted or has mistakes, which are in errors. */
int policy_read(const char *path, struct protection *protection, struct err_list *errors);

#endif
