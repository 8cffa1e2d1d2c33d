/* SPDX-License-Identifier: Apache-2.0 */
/* What is protected by default: the host's network, init, perturb itself, container engines. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/members.h"
#include "faults/proc.h"
#include "faults/protection_parts.h"
#include "reports/mem.h"

void protected_process_read(pid_t pid, struct protected_process *ret_process)
{
	struct protected_process process = {.pid = pid};

	(void)proc_start_time(pid, &process.start_time, NULL);
	(void)proc_netns(pid, &process.netns_device, &process.netns_inode, NULL);
	(void)cgroup_of(pid, &process.cgroup, NULL);
	*ret_process = process;
}

static int refuse(enum protected_thing thing, struct err *err)
{
	err_prefix(err, "protected");
	if (err != NULL && strlen(err->message) + 32 < sizeof(err->message))
		snprintf(err->message + strlen(err->message), 32, " (--%s permits it)",
			protected_option(thing));
	return -1;
}

/* --- the network --- */

static bool same_network(const struct protected_process *process, const struct operation *operation)
{
	return process->netns_inode != 0 && process->netns_inode == operation->netns_inode &&
	       process->netns_device == operation->netns_device;
}

/* Breaking the network of perturb itself would also break the way back, the probes and, over ssh,
 * the person who runs it. */
int protection_check_network(
	const struct protection *protection, const struct operation *operation, struct err *err)
{
	const struct protected_process *self = &protection->ancestors[0];

	if (!protection->permitted[PROTECTED_HOST] &&
		(same_network(&protection->init, operation) || same_network(self, operation))) {
		err_set(err, ERR_UNAVAILABLE, 0, "it shares the network of this host, %s",
			same_network(self, operation) ? "where perturb itself runs"
						      : "that of process 1");
		return refuse(PROTECTED_HOST, err);
	}
	for (uint32_t i = 0; i < protection->engine_count; i++) {
		const struct protected_process *engine = &protection->engines[i];

		/* That of the host is a matter of its own. */
		if (protection->permitted[PROTECTED_ENGINE] || !same_network(engine, operation) ||
			same_network(&protection->init, operation) || same_network(self, operation))
			continue;
		err_set(err, ERR_UNAVAILABLE, 0,
			"it shares the network of the container engine, process %d",
			(int)engine->pid);
		return refuse(PROTECTED_ENGINE, err);
	}
	return 0;
}

/* --- one process --- */

static bool is_same(const struct protected_process *process, pid_t pid, uint64_t start_time)
{
	return process->pid == pid && process->start_time == start_time;
}

static bool is_named(const char *const *patterns, const char *name)
{
	for (; *patterns != NULL; patterns++)
		if (fnmatch(*patterns, name, 0) == 0)
			return true;
	return false;
}

/* By the name of its executable, or what the kernel has kept of that (15 characters). Those in a
 * container are its own affair. */
static bool runs_one_of(const char *const *patterns, pid_t pid, const struct proc_stat *stat)
{
	char name[PROC_COMM_MAX];

	if (proc_is_nested(pid))
		return false;
	return is_named(patterns, stat->comm) ||
	       (proc_executable(pid, name, sizeof(name)) == 0 && is_named(patterns, name));
}

static int check_self(const struct protection *protection, pid_t pid, const struct proc_stat *stat,
	struct err *err)
{
	if (protection->permitted[PROTECTED_SELF])
		return 0;
	for (uint32_t i = 0; i < protection->ancestor_count; i++) {
		if (!is_same(&protection->ancestors[i], pid, stat->start_time))
			continue;
		err_set(err, ERR_UNAVAILABLE, 0, "process %d (%s) is %s", (int)pid, stat->comm,
			i == 0 ? "perturb itself" : "what perturb runs under");
		return refuse(PROTECTED_SELF, err);
	}
	/* Other runs, their custodians and relays. */
	if (!proc_is_perturb(pid))
		return 0;
	err_set(err, ERR_UNAVAILABLE, 0, "process %d is perturb, too", (int)pid);
	return refuse(PROTECTED_SELF, err);
}

static int check_engine(const struct protection *protection, pid_t pid,
	const struct proc_stat *stat, struct err *err)
{
	static const char *const names[] = {
		"dockerd", "containerd", "containerd-shim*", "podman", "conmon", "crio", NULL};
	bool engine = runs_one_of(names, pid, stat);

	if (protection->permitted[PROTECTED_ENGINE])
		return 0;
	for (uint32_t i = 0; i < protection->engine_count && !engine; i++)
		engine = is_same(&protection->engines[i], pid, stat->start_time);
	if (!engine)
		return 0;
	err_set(err, ERR_UNAVAILABLE, 0, "process %d (%s) is part of the container engine",
		(int)pid, stat->comm);
	return refuse(PROTECTED_ENGINE, err);
}

static int check_process(const struct protection *protection, pid_t pid, struct err *err)
{
	static const char *const inits[] = {
		"systemd", "init", "openrc-init", "runit", "s6-svscan", NULL};
	struct proc_stat stat;

	/* One that has ended cannot be hit any more. */
	if (proc_stat(pid, &stat, NULL) < 0)
		return 0;
	if (stat.kernel_thread)
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d (%s) is a thread of the kernel",
			(int)pid, stat.comm);
	if (!protection->permitted[PROTECTED_INIT] &&
		(pid == 1 || runs_one_of(inits, pid, &stat))) {
		err_set(err, ERR_UNAVAILABLE, 0, "process %d (%s) is the init of this machine",
			(int)pid, stat.comm);
		return refuse(PROTECTED_INIT, err);
	}
	if (check_self(protection, pid, &stat, err) < 0)
		return -1;
	return check_engine(protection, pid, &stat, err);
}

/* Somebody's way into this machine: that of the person who runs perturb may be among them, also
 * where nothing tells (sudo, tmux). */
static bool is_login(const struct protection *protection, pid_t pid)
{
	static const char *const logins[] = {"sshd*", "dropbear", NULL};
	struct proc_stat stat;

	return !protection->permitted[PROTECTED_SELF] && proc_stat(pid, &stat, NULL) == 0 &&
	       runs_one_of(logins, pid, &stat);
}

bool protection_spares(const struct protection *protection, pid_t pid)
{
	struct err ignored;

	return check_process(protection, pid, &ignored) < 0 || is_login(protection, pid);
}

/* --- a container as a whole --- */

static bool same_namespace(const char *name, pid_t a, pid_t b)
{
	struct stat first;
	struct stat second;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)a, name);
	if (stat(path, &first) < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)b, name);
	return stat(path, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

static bool contains(const struct cgroup *cgroup, const struct protected_process *process)
{
	return cgroup->directory[0] != '\0' && !cgroup->root &&
	       cgroup->version == process->cgroup.version &&
	       cgroup_contains(cgroup, &process->cgroup);
}

/* The cgroup that the operation acts on, or that its container has. */
static void find_cgroup(const struct operation *operation, struct cgroup *ret_cgroup)
{
	struct cgroup cgroup = {.version = operation->cgroup_version};

	if (operation->cgroup[0] == '\0') {
		(void)cgroup_of(operation->pid, &cgroup, NULL);
	} else {
		memcpy(cgroup.directory, operation->cgroup, sizeof(cgroup.directory));
	}
	*ret_cgroup = cgroup;
}

/* Does the process run in the container? A container has mounts of its own, also where its cgroup
 * cannot be told from others (in a cgroup namespace), and its own processes, unless it shares them
 * with the host. */
static bool holds(const struct operation *operation, const struct cgroup *cgroup,
	const struct protected_process *process)
{
	return contains(cgroup, process) || same_namespace("mnt", operation->pid, process->pid) ||
	       (same_namespace("pid", operation->pid, process->pid) &&
		       !same_namespace("pid", operation->pid, getpid())) ||
	       proc_descends(process->pid, operation->pid);
}

static int check_container(
	const struct protection *protection, const struct operation *operation, struct err *err)
{
	const struct protected_process *self = &protection->ancestors[0];
	struct cgroup cgroup;

	find_cgroup(operation, &cgroup);
	if (operation->type == OPERATION_FREEZE && contains(&cgroup, self))
		return err_set(err, ERR_UNAVAILABLE, 0,
			"perturb itself runs in it, and could not wake it up again");
	if (!protection->permitted[PROTECTED_SELF] && holds(operation, &cgroup, self)) {
		err_set(err, ERR_UNAVAILABLE, 0, "perturb itself runs in it");
		return refuse(PROTECTED_SELF, err);
	}
	for (uint32_t i = 0; i < protection->engine_count; i++) {
		if (protection->permitted[PROTECTED_ENGINE] ||
			!holds(operation, &cgroup, &protection->engines[i]))
			continue;
		err_set(err, ERR_UNAVAILABLE, 0, "the container engine, process %d, runs in it",
			(int)protection->engines[i].pid);
		return refuse(PROTECTED_ENGINE, err);
	}
	return 0;
}

/* --- all that it would hit --- */

struct visit {
	const struct protection *protection;
	const char *command; /* NULL: all */
	struct err *err;
	bool refused;
};

static bool visit(pid_t pid, void *data)
{
	struct visit *visit = data;

	if (visit->command == NULL || proc_command_matches(pid, visit->command))
		visit->refused = check_process(visit->protection, pid, visit->err) < 0;
	return !visit->refused;
}

int protection_check_processes(
	const struct protection *protection, const struct operation *operation, struct err *err)
{
	struct visit visited = {.protection = protection, .err = err};
	struct err reason = {0};
	int result = 0;

	if (check_process(protection, operation->pid, err) < 0)
		return -1;
	if (operation->subject.instance != INSTANCE_CONTAINER && operation->cgroup[0] == '\0' &&
		operation->command[0] == '\0')
		return 0;
	if (check_container(protection, operation, err) < 0)
		return -1;
	if (operation->type == OPERATION_FREEZE) {
		result = cgroup_each_process(operation->cgroup, visit, &visited, &reason);
	} else if (operation->command[0] != '\0') {
		visited.command = operation->command;
		result = members_each(operation->pid, operation->cgroup, visit, &visited, &reason);
	}
	if (visited.refused)
		return -1;
	/* A container that is gone by now is for prepare to tell. */
	if (result >= 0 || reason.sys == ENOENT || reason.sys == ENODEV ||
		(protection->blind && (reason.sys == EACCES || reason.sys == EPERM)))
		return 0;
	if (err != NULL)
		*err = reason;
	return err_prefix(err, "cannot tell whether anything protected is in it");
}
