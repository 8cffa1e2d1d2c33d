/* SPDX-License-Identifier: Apache-2.0 */
/* Processes by pid or command. */
#include <errno.h>
#include <unistd.h>

#include "experiments/targets/sources.h"
#include "faults/pattern.h"
#include "faults/proc.h"
#include "reports/mem.h"

/* Why a process is not meant by a pattern, or NULL; one that is named by its pid is for the
 * protection to judge (protection.h). perturb has every pattern on its own command line, and
 * so have its custodian, other runs of it, and whoever started it. */
static const char *untouchable(pid_t pid, const struct proc_stat *process)
{
	struct proc_stat ancestor;

	if (pid == 1)
		return "is the init process of this machine";
	if (process->kernel_thread)
		return "is a thread of the kernel";
	for (pid_t at = getpid(); at > 0; at = ancestor.parent) {
		if (at == pid)
			return at == getpid() ? "is perturb itself" : "is what perturb runs under";
		if (proc_stat(at, &ancestor, NULL) < 0)
			break;
	}
	return NULL;
}

static int add_process(struct standby *standby, struct instance_list *list, pid_t pid,
	const struct proc_stat *process, struct err *err)
{
	struct instance found = {
		.kind = INSTANCE_PROCESS, .pid = pid, .start_time = process->start_time};

	if (standby_inspect(standby, &found, true, err) < 0) {
		instance_release(&found);
		return -1;
	}
	found.id = xasprintf("%d", (int)pid);
	found.name = xasprintf("%s[%d]", process->comm, (int)pid);
	*instance_list_add(list) = found;
	return 0;
}

/* Adds one that a pattern matches, or sets *ret_reason: why it must be left alone. */
static int add_matching(struct standby *standby, struct instance_list *list, pid_t pid,
	const struct proc_stat *process, const char **ret_reason)
{
	*ret_reason = untouchable(pid, process);
	if (*ret_reason != NULL)
		return 0;
	if (add_process(standby, list, pid, process, NULL) < 0)
		return -1;
	if (list->items[list->count - 1].is_perturb) {
		*ret_reason = "is perturb, too";
		instance_release(&list->items[--list->count]);
	}
	return 0;
}

static bool has_ended(const struct proc_stat *process)
{
	return process->state == 'Z' || process->state == 'X';
}

static int resolve_pid(
	struct standby *standby, struct instance_list *list, pid_t pid, struct err *err)
{
	struct proc_stat process;

	if (proc_stat(pid, &process, err) < 0)
		return -1;
	if (has_ended(&process))
		return err_set(err, ERR_UNAVAILABLE, ESRCH, "process %d has ended", (int)pid);
	return add_process(standby, list, pid, &process, err);
}

static bool matches(const struct proc_command *command, const char *pattern)
{
	return pattern_match(pattern, command->name) ||
	       (command->line[0] != '\0' && (pattern_match(pattern, command->program) ||
						    pattern_match(pattern, command->line)));
}

/* What came of each pattern of the selector. */
struct wish {
	bool found;
	const char *reason; /* why a process that matches was left alone */
	pid_t left_alone;
};

struct search {
	struct standby *standby;
	const struct selector *selector;
	struct wish *wishes; /* one for each of its names */
	struct instance_list *list;
};

static bool look_at(pid_t pid, void *data)
{
	const struct search *search = data;
	struct proc_command command;
	struct proc_stat process;
	const char *reason = NULL;
	bool wanted = false;

	/* One that ends while it is looked at is no match. */
	if (proc_stat(pid, &process, NULL) < 0 || has_ended(&process))
		return true;
	proc_command(pid, &command);
	for (size_t i = 0; i < search->selector->name_count; i++) {
		struct wish *wish = &search->wishes[i];

		if (!matches(&command, search->selector->names[i]))
			continue;
		/* Here, too: one that ends meanwhile. */
		if (!wanted &&
			add_matching(search->standby, search->list, pid, &process, &reason) < 0)
			return true;
		wanted = true;
		wish->reason = reason;
		wish->left_alone = pid;
		wish->found |= reason == NULL;
	}
	return true;
}

static int explain_missing(const char *pattern, const struct wish *wish, struct err *err)
{
	if (wish->reason != NULL)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"no process matches '%s' but %d, which %s: perturb leaves it alone",
			pattern, (int)wish->left_alone, wish->reason);
	return err_set(err, ERR_UNAVAILABLE, 0,
		"no running process has a command that matches '%s'; a glob or a /regex/ can match "
		"the whole command line",
		pattern);
}

int processes_resolve(struct standby *standby, const struct selector *selector,
	struct instance_list *list, struct err *err)
{
	cleanup_free struct wish *wishes = NULL;
	struct search search = {.standby = standby, .selector = selector, .list = list};

	if (selector->pid != 0)
		return resolve_pid(standby, list, selector->pid, err);
	wishes = xcalloc(selector->name_count, sizeof(*wishes));
	search.wishes = wishes;
	if (proc_each(look_at, &search, err) < 0)
		return -1;
	for (size_t i = 0; i < selector->name_count; i++)
		if (!wishes[i].found)
			return explain_missing(selector->names[i], &wishes[i], err);
	return 0;
}
