/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor - the lines that the doctor verb prints.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>

#include "faults/features.h"
#include "faults/protection.h"
#include "faults/standby.h"

/* "ok   NAME   what there is" or, when it is not well, "--   NAME   what is missing, what to do".
 */
void doctor_line(bool well, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Can changes be recorded? Says so, and what earlier runs have left behind. */
bool doctor_journals(bool root);

/* Reads and tells what the policy of this machine says; false when nothing can be run because of
 * it. */
bool doctor_policy(struct protection *policy);

/* Which container engines answer, and what is here to be targeted. */
void doctor_targets(struct standby *standby);

/* The engine that each fault kind would use here, if the policy allows it. */
void doctor_kinds(const struct features *features, const struct protection *policy);

/* What each probe kind is done by here, or what it lacks. */
void doctor_probes(void);

#endif
