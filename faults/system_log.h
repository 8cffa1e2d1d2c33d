/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system_log - what the custodian and the standby have to say when perhaps nobody listens any more:
 * to standard error, and to the system's log (/dev/log), whoever reads it: journald, syslogd.
 *
 * What syslog(3) does, but for three things that these processes cannot afford: it waits for a
 * reader that is busy or hangs, it allocates, and it opens files when it is called.
 */
#ifndef FAULTS_SYSTEM_LOG_H
#define FAULTS_SYSTEM_LOG_H

struct system_log {
	int fd;		 /* -1: nobody listened */
	const char *who; /* of perturb's processes; static */
};

/* Opens it while files can still be opened. Never fails: where there is no log, there is none. */
void system_log_open(struct system_log *log, const char *who);

/* One line about a run ("": none), with a priority of syslog.h; facility "daemon", identifier
 * "perturb" and our pid. What cannot be written at once is lost. */
void system_log_say(const struct system_log *log, int priority, const char *run_id,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
