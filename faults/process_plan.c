/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/process_plan.h"

#include <string.h>

#include "faults/proc.h"
#include "reports/mem.h"

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
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	operation = &list->items[list->count++];
	operation->pid = instance->pid;
	operation->start_time = instance->start_time;
	*ret_operation = operation;
	return 0;
}
