/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery - putting back from the journal alone, when the custodian is no more.
 */
#ifndef FAULTS_RECOVERY_H
#define FAULTS_RECOVERY_H

#include <stddef.h>

#include "reports/err.h"

/* Undoes everything that the journal of a run holds, the youngest first, and removes the journal
 * when all of it is put back. Idempotent. *ret_count is the number of operations put back. Fails
 * with ERR_UNREVERTED when something is left. No journal: nothing to do, success. */
int recovery_run(const char *run_id, size_t *ret_count, struct err *err);

#endif
