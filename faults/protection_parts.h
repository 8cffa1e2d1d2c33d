/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protection_parts - what the files of the protection share.
 */
#ifndef FAULTS_PROTECTION_PARTS_H
#define FAULTS_PROTECTION_PARTS_H

#include "faults/protection.h"

/* Names, as protection_check_name, for an operation. */
int protection_check_subject(
	const struct protection *protection, const struct operation *operation, struct err *err);

/* Whom it would hit: init, perturb itself, an engine. */
int protection_check_processes(
	const struct protection *protection, const struct operation *operation, struct err *err);

/* Whose network it would break. */
int protection_check_network(
	const struct protection *protection, const struct operation *operation, struct err *err);

/* Sets the pid, the start time and, as far as they can be seen, the other members. */
void protected_process_read(pid_t pid, struct protected_process *ret_process);

#endif
