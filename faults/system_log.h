/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system_log - a line for the system's log (/dev/log), whoever reads it: journald, syslogd.
 *
 * What syslog(3) does, but for three things that a custodian cannot afford: it waits for a reader
 * that is busy or hangs, it allocates, and it opens files when it is called.
 */
#ifndef FAULTS_SYSTEM_LOG_H
#define FAULTS_SYSTEM_LOG_H

/* A connected descriptor, or -1 when nobody listens. */
int system_log_open(void);

/* One line, with a priority of syslog.h; facility "daemon", identifier "perturb" and our pid. What
 * cannot be sent at once is lost. */
void system_log_write(int fd, int priority, const char *text);

#endif
