/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container_process - the init process of a container, pinned down.
 *
 * The pid that an engine tells is one of the engine's machine. That may be a virtual machine
 * (Docker Desktop) or another host, and here the same pid may be anybody's.
 */
#ifndef EXPERIMENTS_TARGETS_CONTAINER_PROCESS_H
#define EXPERIMENTS_TARGETS_CONTAINER_PROCESS_H

#include <sys/types.h>

#include "faults/instance.h"
#include "faults/standby.h"
#include "reports/err.h"

/* Sets pid, start time, network namespace and interfaces of the instance, if pid is here the
 * process of the container with that id; else ERR_UNAVAILABLE. tolerant: as for standby_inspect. */
int container_process_find(struct standby *standby, const char *id, pid_t pid, bool tolerant,
	struct instance *instance, struct err *err);

#endif
