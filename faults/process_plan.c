/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/process_plan.h"

#include <string.h>
#include <unistd.h>

#include "faults/proc.h"
#include "reports/mem.h"

/* perturb and everything that it was started by: a shell, sshd, a CI agent. */
static bool is_own_ancestor(pid_t pid)
{
	pid_t at = getpid();
	struct proc_stat stat;

	while (at > 1) {
		if (at == pid)
			return true;
		if (proc_stat(at, &stat, NULL) < 0)
			return false;
		at = stat.parent;
	}
	return false;
}

int process_plan_operation(const struct instance *instance, struct operation_list *list,
	struct operation **ret_operation, struct err *err)
{
	struct operation *operation;
	struct proc_stat stat;

	if (instance->pid == 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"a network namespace has no process of its own; name a container or a "
			"process");
	if (proc_stat(instance->pid, &stat, err) < 0)
		return -1;
	if (instance->pid == 1 || stat.kernel_thread)
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d belongs to the host itself",
			(int)instance->pid);
	if (is_own_ancestor(instance->pid))
		return err_set(err, ERR_UNAVAILABLE, 0,
			"process %d is perturb or was its starting point", (int)instance->pid);
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	operation = &list->items[list->count++];
	operation->pid = instance->pid;
	operation->start_time = instance->start_time;
	*ret_operation = operation;
	return 0;
}
