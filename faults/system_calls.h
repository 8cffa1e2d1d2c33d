/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system_calls - the processes that hold privileges, or read what others send, limit themselves to
 * the system calls that they use (seccomp(2)), for good and with all their children.
 *
 * Anything else fails with ENOSYS, as on a kernel that never heard of it: libraries then fall back
 * to an older call, and nothing is killed, because the custodian must always be able to put back.
 */
#ifndef FAULTS_SYSTEM_CALLS_H
#define FAULTS_SYSTEM_CALLS_H

#include <stdbool.h>

#include "reports/err.h"

/* Can this kernel do it? Where it cannot, the limits below are none, and that is no error. */
bool system_calls_can_limit(void);

/* For the custodian, and whoever does its work after it. Sets no_new_privs as well. */
int system_calls_limit_custodian(struct err *err);

/* For the loop of the relay, which has got all its descriptors but those that it is sent. */
int system_calls_limit_relay(struct err *err);

/* The same for the resolver. */
int system_calls_limit_resolver(struct err *err);

#endif
