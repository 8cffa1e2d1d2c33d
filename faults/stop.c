/* SPDX-License-Identifier: Apache-2.0 */
/* The operation behind pause where there is no freezer: SIGSTOP, undone by SIGCONT. */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "faults/operation.h"
#include "faults/proc.h"
#include "faults/signals.h"

#define STOP_TIMEOUT_MS 2000

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct proc_stat stat;

	(void)context;
	if (proc_stat(operation->pid, &stat, err) < 0)
		return -1;
	if (stat.start_time != operation->start_time || stat.state == 'Z')
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d has ended", operation->pid);
	if (stat.state == 'T' || stat.state == 't')
		return err_set(err, ERR_UNAVAILABLE, 0,
			"process %d is stopped already, by someone else", operation->pid);
	return 0;
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct err ignored;

	(void)context;
	if (signal_send(operation->pid, operation->start_time, SIGSTOP, err) < 0)
		return -1;
	for (int waited = 0; waited < STOP_TIMEOUT_MS; waited++) {
		struct timespec pause = {.tv_nsec = 1000000};
		struct proc_stat stat;

		if (proc_stat(operation->pid, &stat, err) < 0)
			return -1;
		if (stat.state == 'T' || stat.state == 't') {
			operation->processes = 1;
			return 0;
		}
		nanosleep(&pause, NULL);
	}
	(void)signal_send(operation->pid, operation->start_time, SIGCONT, &ignored);
	return err_set(err, ERR_SYSTEM, 0, "process %d did not stop within %d s", operation->pid,
		STOP_TIMEOUT_MS / 1000);
}

static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	struct err reason = {0};

	(void)context;
	if (evidence != NULL)
		*evidence = (struct evidence){
			.source = EVIDENCE_PROCESSES, .processes = operation->processes};
	if (signal_send(operation->pid, operation->start_time, SIGCONT, &reason) < 0 &&
		reason.sys != ESRCH && reason.sys != ENOENT) {
		*err = reason;
		return -1;
	}
	return 0;
}

static void describe(const struct operation *operation, FILE *out)
{
	fprintf(out, "kill -s STOP %d", operation->pid);
}

const struct operation_ops operation_stop = {
	.name = "sigstop",
	.prepare = prepare,
	.apply = apply,
	.undo = undo,
	.describe = describe,
};
