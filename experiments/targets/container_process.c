/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/targets/container_process.h"

#include <stdio.h>
#include <string.h>

#include "faults/proc.h"
#include "reports/mem.h"

static bool file_mentions(pid_t pid, const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("/proc/%d/%s", (int)pid, name);
	cleanup_fclose FILE *file = fopen(path, "re");
	cleanup_free char *line = NULL;
	size_t size = 0;

	while (file != NULL && getline(&line, &size, file) > 0)
		if (strstr(line, text) != NULL)
			return true;
	return false;
}

/* Every runtime puts the container's id into the name of its cgroup, if it has one, and into the
 * path of the files that it mounts over /etc/hosts and others. */
static bool belongs_to(pid_t pid, const char *id)
{
	return file_mentions(pid, "cgroup", id) || file_mentions(pid, "mountinfo", id);
}

int container_process_find(struct standby *standby, const char *id, pid_t pid, bool tolerant,
	struct instance *instance, struct err *err)
{
	if (pid == 0)
		return err_set(err, ERR_UNAVAILABLE, 0, "it has just ended");
	if (proc_start_time(pid, &instance->start_time, NULL) < 0 || !belongs_to(pid, id))
		return err_set(err, ERR_UNAVAILABLE, 0,
			"its process %d is not on this machine, as far as perturb can see: run "
			"perturb where the engine runs, outside of containers and virtual machines",
			(int)pid);
	instance->pid = pid;
	return standby_inspect(standby, instance, tolerant, err);
}
