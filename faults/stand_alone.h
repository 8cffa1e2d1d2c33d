/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULTS_STAND_ALONE_H
#define FAULTS_STAND_ALONE_H

#include <stdint.h>
#include <sys/types.h>

#include "reports/err.h"

/* Takes a freshly forked process away from everything that could take it down together with the
 * process that forked it: a session of its own, signals blocked, no descriptor but standard error
 * and *socket (which gets another number), the last to be killed when memory runs out; and leaves
 * it no capabilities but those, and no system calls but what the custodian needs. name is what ps
 * shows, 15 characters at most. */
int stand_alone(const char *name, int *socket, uint64_t capabilities, struct err *err);

/* For the process that forked it: waits for its end, but not for ever. One that still has something
 * to put back is left at its work. */
void stand_alone_reap(pid_t pid);

#endif
