/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPERIMENTS_TARGETS_ENGINE_PROCESSES_H
#define EXPERIMENTS_TARGETS_ENGINE_PROCESSES_H

#include "faults/protection.h"
#include "faults/standby.h"

/* Protects the processes that listen at the API sockets of the container engines (docker_api.h),
 * whatever they are called. */
void engine_processes_protect(struct standby *standby, struct protection *protection);

#endif
