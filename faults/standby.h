/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standby - the second process with privileges.
 *
 * The main process gives its privileges up before it reads anything. What it then still has to know
 * about processes and namespaces of others, it asks the standby. And when the custodian dies, the
 * standby puts back by the journal, whether the main process is there or not.
 */
#ifndef FAULTS_STANDBY_H
#define FAULTS_STANDBY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "faults/instance.h"
#include "reports/err.h"

struct standby; /* the main process's side */

/* Forks it. custodian is the process that it stands by for; 0: none. */
int standby_start(pid_t custodian, struct standby **ret_standby, struct err *err);

/* Tells which run's journal the custodian is about to write. */
int standby_begin(struct standby *standby, const char *run_id, struct err *err);

/* Fills in start time (of a pid), network namespace and interfaces with their addresses. The
 * instance has a pid, or the path of a network namespace; has it a start time already, then it must
 * be that process still. ERR_UNAVAILABLE when there is no such thing (any more): sys is ENOENT
 * then. tolerant: a namespace that cannot be entered has no interfaces. */
int standby_inspect(
	struct standby *standby, struct instance *instance, bool tolerant, struct err *err);

/* The custodian has died: waits until the standby has put back what the journal says. *ret_count is
 * the number of changes put back. ERR_UNREVERTED when something is left. */
int standby_recovered(struct standby *standby, size_t *ret_count, struct err *err);

/* As custodian_abandon. */
void standby_abandon(struct standby *standby);

/* Closes the pair and reaps the process; NULL is allowed. It ends when the custodian has ended. */
void standby_free(struct standby *standby);

#endif
