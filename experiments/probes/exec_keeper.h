/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_keeper - the process between perturb and a program that a probe starts.
 *
 * The keeper is the program's parent and, as a subreaper (prctl(2)), inherits whatever the program
 * leaves behind. When the program has ended, when perturb says so, or when perturb is gone, it ends
 * all of that. It has the rights of the user and no others: perturb's main process could not even
 * signal a program of that user, because it keeps neither CAP_KILL nor the user's id.
 */
#ifndef EXPERIMENTS_PROBES_EXEC_KEEPER_H
#define EXPERIMENTS_PROBES_EXEC_KEEPER_H

#include <stdint.h>

/* All NULL-terminated. */
struct exec_program {
	char *const *files; /* where the program may be: the first that can be executed is it */
	char *const *arguments;
	char *const *environment;
	const char *directory; /* NULL: as it is */
};

enum exec_end { EXEC_NOT_STARTED, EXEC_EXITED, EXEC_KILLED };

/* What is said of the program, once; should there be another, the first is right. */
struct exec_report {
	int64_t ended_ns; /* CLOCK_MONOTONIC */
	enum exec_end end;
	int status; /* exit status, signal, or errno */
};

/* For a freshly forked process: becomes the keeper of a program whose standard output is output.
 * Writes a struct exec_report to report when the program has ended; ends the program when the other
 * end of control is closed. Calls only what is allowed after fork in a process with threads. */
_Noreturn void exec_keep(const struct exec_program *program, int output, int control, int report);

#endif
