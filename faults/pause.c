/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "faults/cgroup.h"
#include "faults/process_plan.h"

static const struct field fields[] = {{0}};

static int validate(struct fault_params *params, struct err *err)
{
	(void)params;
	(void)err;
	return 0;
}

/* Only a container's cgroup is known to hold that container and nothing else. */
static bool can_freeze(const struct instance *instance, struct cgroup *ret_cgroup)
{
	return instance->kind == INSTANCE_CONTAINER &&
	       cgroup_of(instance->pid, ret_cgroup, NULL) == 0 && !ret_cgroup->root;
}

static int plan(const struct fault_kind *kind, const struct fault_params *params,
	const struct instance *instance, enum engine engine, const struct features *features,
	struct operation_list *list, struct err *err)
{
	struct operation *operation;
	struct cgroup cgroup;

	(void)kind;
	(void)params;
	(void)engine;
	(void)features;
	if (process_plan_operation(instance, list, &operation, err) < 0)
		return -1;
	if (!can_freeze(instance, &cgroup)) {
		operation->type = OPERATION_STOP;
		if (instance->kind == INSTANCE_CONTAINER)
			memcpy(operation->command, "*", sizeof("*"));
		return 0;
	}
	operation->type = OPERATION_FREEZE;
	memcpy(operation->cgroup, cgroup.directory, sizeof(operation->cgroup));
	operation->cgroup_version = cgroup.version;
	return 0;
}

const struct fault_kind fault_pause = {
	.name = "pause",
	.summary = "freeze the target's processes, and let them run on",
	.example = "pause: { target: users }",
	.fields = fields,
	.validate = validate,
	.plan = plan,
};
