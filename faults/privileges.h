/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privileges - what a process may still do (capabilities(7)).
 */
#ifndef FAULTS_PRIVILEGES_H
#define FAULTS_PRIVILEGES_H

#include <linux/capability.h>
#include <stdint.h>

#include "reports/err.h"

#define PRIVILEGE(capability) (UINT64_C(1) << (capability))

/* To find out, in namespaces of others: the standby, and the custodian, which needs more. */
#define PRIVILEGES_OF_STANDBY                                                                      \
	(PRIVILEGE(CAP_SYS_ADMIN) /* setns(2) */ |                                                 \
		PRIVILEGE(CAP_SYS_PTRACE) /* /proc/PID/ns of processes that may do more */ |       \
		PRIVILEGE(CAP_NET_ADMIN) | PRIVILEGE(CAP_KILL) |                                   \
		PRIVILEGE(CAP_DAC_OVERRIDE) /* cgroup files that were given to a user */)
#define PRIVILEGES_OF_CUSTODIAN                                                                    \
	(PRIVILEGES_OF_STANDBY | PRIVILEGE(CAP_NET_RAW) /* the relay's packet sockets */ |         \
		PRIVILEGE(CAP_SETUID) | PRIVILEGE(CAP_SETGID) /* the relay becomes nobody */ |     \
		PRIVILEGE(CAP_SYS_NICE) | PRIVILEGE(CAP_SYS_RESOURCE) /* its place in time */)

/* Gives up every capability but those, for good: also those that a program that is executed could
 * get (no_new_privs, and the bounding set where that is allowed). What the process never had, it
 * does not get. */
int privileges_keep(uint64_t capabilities, struct err *err);

#endif
