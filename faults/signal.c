/* SPDX-License-Identifier: Apache-2.0 */
/* The operation behind kill: signals, which nothing takes back. */
#include <errno.h>
#include <signal.h>

#include "faults/members.h"
#include "faults/operation.h"
#include "faults/proc.h"
#include "faults/shell.h"
#include "faults/signals.h"

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	(void)context;
	if (!proc_alive(operation->pid, operation->start_time))
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d has ended", operation->pid);
	return 0;
}

/* The processes of a container that a pattern matches. They are looked for at the moment of the
 * signal, because a service's workers come and go. */
struct hunt {
	struct operation *operation;
	uint32_t failed;
	struct err err;
};

static bool signal_if_matching(pid_t pid, void *data)
{
	struct hunt *hunt = data;
	struct proc_stat stat;

	/* First who it is, then whether it matches: the signal goes to that one, or to nobody. */
	if (proc_stat(pid, &stat, NULL) < 0 || stat.state == 'Z' ||
		!proc_command_matches(pid, hunt->operation->command))
		return true;
	if (signal_send(pid, stat.start_time, hunt->operation->signal, &hunt->err) == 0)
		hunt->operation->processes++;
	else if (hunt->err.sys != ESRCH)
		hunt->failed++;
	return true;
}

static int signal_matching(struct operation *operation, struct err *err)
{
	struct hunt hunt = {.operation = operation};

	if (members_each(operation->pid, operation->cgroup, signal_if_matching, &hunt, err) < 0)
		return -1;
	if (hunt.failed != 0) {
		*err = hunt.err;
		return -1;
	}
	if (operation->processes == 0)
		return err_set(err, ERR_UNAVAILABLE, 0, "no process in it matches the command '%s'",
			operation->command);
	return 0;
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	(void)context;
	operation->processes = 0;
	if (operation->command[0] != '\0')
		return signal_matching(operation, err);
	if (signal_send(operation->pid, operation->start_time, operation->signal, err) < 0)
		return -1;
	operation->processes = 1;
	return 0;
}

/* There is nothing to put back; only the evidence is handed over. */
static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	(void)context;
	(void)err;
	if (evidence != NULL)
		*evidence = (struct evidence){
			.source = EVIDENCE_PROCESSES, .processes = operation->processes};
	return 0;
}

static void describe(const struct operation *operation, FILE *out)
{
	char name[16];

	signal_text(operation->signal, name, sizeof(name));
	if (operation->command[0] == '\0') {
		fprintf(out, "kill -s %s %d", name, operation->pid);
		return;
	}
	fprintf(out, "pkill -%s --ns %d --nslist pid -f ", name, operation->pid);
	shell_quote(operation->command, out);
}

const struct operation_ops operation_signal = {
	.name = "signal",
	.instant = true,
	.prepare = prepare,
	.apply = apply,
	.undo = undo,
	.describe = describe,
};
