/* SPDX-License-Identifier: Apache-2.0 */
/*
 * members - the processes of a container.
 */
#ifndef FAULTS_MEMBERS_H
#define FAULTS_MEMBERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "reports/err.h"

/*
 * Calls function for each process of the container whose init process is pid, until it returns
 * false: for those in the cgroup directory, or, where that is "", for those in the pid namespace of
 * pid; if that is our own (docker run --pid=host), for pid and its descendants. Never for this
 * process and its parent. -1 when they cannot be found out; sys is ENOENT when the container is
 * gone.
 */
int members_each(pid_t pid, const char *cgroup, bool (*function)(pid_t pid, void *data), void *data,
	struct err *err);

#endif
