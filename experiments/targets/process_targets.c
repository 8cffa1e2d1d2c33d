/* SPDX-License-Identifier: Apache-2.0 */
/* Processes by pid or command. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/pattern.h"
#include "experiments/targets/sources.h"
#include "faults/proc.h"
#include "reports/mem.h"

static int add_process(struct instance_list *list, pid_t pid, struct err *err)
{
	struct instance found = {.kind = INSTANCE_PROCESS, .pid = pid};
	struct proc_stat stat;

	if (proc_stat(pid, &stat, err) < 0)
		return -1;
	if (stat.state == 'Z' || stat.state == 'X')
		return err_set(err, ERR_UNAVAILABLE, ESRCH, "process %d has ended", (int)pid);
	if (proc_netns(pid, &found.netns_device, &found.netns_inode, err) < 0)
		return -1;
	found.start_time = stat.start_time;
	snprintf(found.netns_path, sizeof(found.netns_path), "/proc/%d/ns/net", (int)pid);
	found.id = xasprintf("%d", (int)pid);
	found.name = xasprintf("%s[%d]", stat.comm, (int)pid);
	*instance_list_add(list) = found;
	return 0;
}

/* The command's name, the file name of its first argument, or the whole command line. */
static bool matches(pid_t pid, const char *pattern)
{
	struct proc_stat stat;
	char line[4096];
	char *space;
	const char *slash;

	if (proc_stat(pid, &stat, NULL) < 0 || stat.kernel_thread || stat.state == 'Z')
		return false;
	if (pattern_match(pattern, stat.comm))
		return true;
	proc_command_line(pid, line, sizeof(line));
	if (line[0] == '\0')
		return false;
	if (pattern_match(pattern, line))
		return true;
	space = strchr(line, ' ');
	if (space != NULL)
		*space = '\0';
	slash = strrchr(line, '/');
	return pattern_match(pattern, slash != NULL ? slash + 1 : line);
}

/* perturb itself has the pattern on its own command line, and so has whoever called it. */
static bool is_own(pid_t pid)
{
	pid_t at = getpid();
	struct proc_stat stat;

	while (at > 0) {
		if (at == pid)
			return true;
		if (proc_stat(at, &stat, NULL) < 0)
			break;
		at = stat.parent;
	}
	return pid == 1;
}

static bool matches_any(pid_t pid, const struct selector *selector)
{
	for (size_t i = 0; i < selector->name_count; i++)
		if (matches(pid, selector->names[i]))
			return true;
	return false;
}

int processes_resolve(const struct selector *selector, struct instance_list *list, struct err *err)
{
	DIR *directory;
	const struct dirent *entry;

	if (selector->pid != 0)
		return add_process(list, selector->pid, err);
	directory = opendir("/proc");
	if (directory == NULL)
		return err_set(err, ERR_SYSTEM, errno, "cannot read /proc");
	while ((entry = readdir(directory)) != NULL) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;

		/* One that ends while it is looked at is no match. */
		if (pid != 0 && !is_own(pid) && matches_any(pid, selector))
			(void)add_process(list, pid, NULL);
	}
	closedir(directory);
	if (list->count == 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"no running process has a command that matches '%s'",
			selector->name_count != 0 ? selector->names[0] : "");
	return 0;
}
