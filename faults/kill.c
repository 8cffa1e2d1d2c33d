/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>

#include "faults/cgroup.h"
#include "faults/process_plan.h"

static const struct field fields[] = {
	{
		.name = "signal",
		.type = FIELD_SIGNAL,
		.offset = offsetof(struct fault_params, signal),
		.fallback = "SIGKILL",
		.help = "signal to send, by name or number",
	},
	{
		.name = "command",
		.type = FIELD_TEXT,
		.offset = offsetof(struct fault_params, command),
		.help = "glob: only the processes of the container with such a name or command "
			"line, not its init process",
	},
	{0},
};

static int validate(struct fault_params *params, struct err *err)
{
	if (params->signal == 0)
		params->signal = SIGKILL;
	if (params->signal < 1 || params->signal > SIGRTMAX)
		return err_field(err, "signal", "there is no signal %d", params->signal);
	return 0;
}

static int plan(const struct fault_kind *kind, const struct fault_params *params,
	const struct instance *instance, enum engine engine, const struct features *features,
	struct operation_list *list, struct err *err)
{
	struct operation *operation;
	struct cgroup cgroup;

	(void)kind;
	(void)engine;
	(void)features;
	if (params->command[0] != '\0' && instance->kind != INSTANCE_CONTAINER)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"command chooses among the processes of a container, and this is none");
	if (process_plan_operation(instance, list, &operation, err) < 0)
		return -1;
	operation->type = OPERATION_SIGNAL;
	operation->signal = params->signal;
	if (params->command[0] == '\0')
		return 0;
	memcpy(operation->command, params->command, sizeof(operation->command));
	/* Without a cgroup of its own, its pid namespace tells which processes it has. */
	if (cgroup_of(instance->pid, &cgroup, NULL) < 0 || cgroup.root)
		return 0;
	memcpy(operation->cgroup, cgroup.directory, sizeof(operation->cgroup));
	operation->cgroup_version = cgroup.version;
	return 0;
}

const struct fault_kind fault_kill = {
	.name = "kill",
	.summary = "send a signal to the target's process",
	.example = "kill: { target: users, signal: SIGTERM }",
	.instant = true,
	.fields = fields,
	.validate = validate,
	.plan = plan,
};
