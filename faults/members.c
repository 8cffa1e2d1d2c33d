/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/members.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/cgroup.h"
#include "faults/proc.h"

struct search {
	pid_t init;
	dev_t device; /* of the pid namespace */
	ino_t inode;
	bool by_descent; /* the namespace is our own, and holds everybody */
	bool (*function)(pid_t pid, void *data);
	void *data;
};

static int pid_namespace(pid_t pid, struct stat *ret_status)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return stat(path, ret_status);
}

static bool is_member(const struct search *search, pid_t pid)
{
	struct stat status;

	if (search->by_descent)
		return proc_descends(pid, search->init);
	return pid_namespace(pid, &status) == 0 && status.st_dev == search->device &&
	       status.st_ino == search->inode;
}

static bool call(pid_t pid, void *data)
{
	const struct search *search = data;

	if (pid == getpid() || pid == getppid())
		return true;
	return search->function(pid, search->data);
}

static bool call_for_member(pid_t pid, void *data)
{
	return !is_member(data, pid) || call(pid, data);
}

int members_each(pid_t pid, const char *cgroup, bool (*function)(pid_t pid, void *data), void *data,
	struct err *err)
{
	struct search search = {.init = pid, .function = function, .data = data};
	struct stat theirs;
	struct stat own;

	if (cgroup[0] != '\0')
		return cgroup_each_process(cgroup, call, &search, err) < 0 ? -1 : 0;
	if (pid_namespace(pid, &theirs) < 0 || pid_namespace(getpid(), &own) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno == ESRCH ? ENOENT : errno,
			"cannot see the pid namespace of process %d", (int)pid);
	search.device = theirs.st_dev;
	search.inode = theirs.st_ino;
	search.by_descent = theirs.st_dev == own.st_dev && theirs.st_ino == own.st_ino;
	return proc_each(call_for_member, &search, err);
}
