/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery - putting back from the journal alone, when the custodian is no more.
 */
#ifndef FAULTS_RECOVERY_H
#define FAULTS_RECOVERY_H

#include <stddef.h>

#include "faults/operation.h"
#include "reports/err.h"

/* Is told of each operation: failure is NULL when it was put back. */
struct recovery_observer {
	void (*function)(void *data, const struct operation *operation, const struct err *failure);
	void *data;
};

/* Undoes everything that the journal of a run holds, the youngest first, and removes the journal
 * when all of it is put back. Idempotent. *ret_count is the number of operations put back. Takes
 * the journal for itself first, and waits a moment for a custodian or a recovery that is just
 * ending; while another process goes on holding it: ERR_UNAVAILABLE, sys EWOULDBLOCK. Fails with
 * ERR_UNREVERTED when something is left, or when the journal is damaged and something may be: what
 * can be read of it is put back nevertheless. No journal: nothing to do, success. */
int recovery_run(const char *run_id, size_t *ret_count, struct err *err);
int recovery_run_observed(const char *run_id, const struct recovery_observer *observer,
	size_t *ret_count, struct err *err);

#endif
