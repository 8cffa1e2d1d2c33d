/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals - sending signals to exactly the processes that are meant.
 */
#ifndef FAULTS_SIGNALS_H
#define FAULTS_SIGNALS_H

#include <stdint.h>
#include <sys/types.h>

#include "reports/err.h"

/* Sends a signal by a pidfd, after checking that it is still the same process. sys is ESRCH when it
 * has ended. */
int signal_send(pid_t pid, uint64_t start_time, int signal, struct err *err);

/* "KILL" for SIGKILL, or the number. */
const char *signal_text(int signal, char *buffer, size_t size);

#endif
