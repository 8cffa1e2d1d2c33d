/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_process - a program at work for a probe, as perturb's event loop sees it: its output, its
 * end, and the end of its keeper (exec_keeper.h).
 */
#ifndef EXPERIMENTS_PROBES_EXEC_PROCESS_H
#define EXPERIMENTS_PROBES_EXEC_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/loop.h"
#include "experiments/probes/exec_keeper.h"

#define EXEC_OUTPUT_MAX ((size_t)64 * 1024)

struct exec_process;

/* The processes of one probe: also those that are being ended. Zero-initialise, and set loop. */
struct exec_processes {
	struct loop *loop;
	struct exec_process *first;
};

/* What becomes of a program. ended is the last call, and not made by exec_process_start; after it
 * the process must not be stopped any more. */
struct exec_watcher {
	void (*began)(struct exec_watcher *watcher); /* its output did */
	/* report is NULL: it wrote more than EXEC_OUTPUT_MAX, and is being ended; or nobody knows
	 * what became of it. */
	void (*ended)(struct exec_watcher *watcher, const struct exec_report *report,
		const char *output, size_t length);
};

/* NULL: perturb or the system has too many processes or descriptors. Borrows program until this
 * returns, and watcher. */
struct exec_process *exec_process_start(struct exec_processes *processes,
	const struct exec_program *program, struct exec_watcher *watcher);

/* Ends it, with all that it started. ended is not called. */
void exec_process_stop(struct exec_process *process);

/* All must have ended, or been stopped. Waits until nothing is left of them, for seconds at most if
 * something is stuck in the kernel. */
void exec_processes_end(struct exec_processes *processes);

#endif
