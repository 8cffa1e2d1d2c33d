/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operation behind pause where there is no freezer: SIGSTOP, undone by SIGCONT. It stops one
 * process, or, with the command "*", all processes of a container.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "faults/members.h"
#include "faults/operation.h"
#include "faults/proc.h"
#include "faults/signals.h"

#define STOP_TIMEOUT_MS 2000

struct visit {
	const struct operation *operation;
	uint32_t count;	  /* of those that were to be found */
	uint32_t pending; /* were told to stop and have not yet */
	struct err err;	  /* the last failure, if its code is set */
};

static bool is_stopped(const struct proc_stat *stat)
{
	return stat->state == 'T' || stat->state == 't';
}

static bool has_ended(const struct proc_stat *stat)
{
	return stat->state == 'Z' || stat->state == 'X';
}

static bool means_all(const struct operation *operation)
{
	return operation->command[0] != '\0';
}

/* Calls function for each process that the operation means. */
static int visit(struct visit *visit, bool (*function)(pid_t pid, void *data), struct err *err)
{
	const struct operation *operation = visit->operation;

	visit->count = 0;
	visit->pending = 0;
	if (means_all(operation))
		return members_each(operation->pid, operation->cgroup, function, visit, err);
	function(operation->pid, visit);
	return 0;
}

/* The start time that the process must have, so that a reused pid is not hit. */
static uint64_t identity(const struct operation *operation, const struct proc_stat *stat)
{
	return means_all(operation) ? stat->start_time : operation->start_time;
}

static bool count_stopped(pid_t pid, void *data)
{
	struct visit *visit = data;
	struct proc_stat stat;

	if (proc_stat(pid, &stat, NULL) == 0 && is_stopped(&stat))
		visit->count++;
	return true;
}

static bool stop(pid_t pid, void *data)
{
	struct visit *visit = data;
	struct proc_stat stat;
	struct err err = {0};

	if (proc_stat(pid, &stat, NULL) < 0 || has_ended(&stat))
		return true;
	visit->count++;
	if (is_stopped(&stat))
		return true;
	/* Again, if need be: a SIGCONT of somebody else may have come between. */
	visit->pending++;
	if (signal_send(pid, identity(visit->operation, &stat), SIGSTOP, &err) < 0 &&
		err.sys != ESRCH)
		visit->err = err;
	return true;
}

/* One that cannot be looked at must not be taken for one that is gone: it would stay stopped. */
static bool resume(pid_t pid, void *data)
{
	struct visit *visit = data;
	struct proc_stat stat;
	struct err err = {0};

	if (proc_stat(pid, &stat, &err) < 0) {
		if (err.sys != ENOENT)
			visit->err = err;
		return true;
	}
	if (!has_ended(&stat) &&
		signal_send(pid, identity(visit->operation, &stat), SIGCONT, &err) < 0 &&
		err.sys != ESRCH)
		visit->err = err;
	return true;
}

/* The number of a mount namespace; 0 with errno when it cannot be seen. */
static uint64_t mounts_of(pid_t pid)
{
	struct stat status;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	return stat(path, &status) == 0 ? status.st_ino : 0;
}

/* The one that a container has for itself. */
static uint64_t own_mounts_of(pid_t pid)
{
	uint64_t mounts = mounts_of(pid);

	return mounts == mounts_of(getpid()) ? 0 : mounts;
}

static bool resume_by_mounts(pid_t pid, void *data)
{
	struct visit *visit = data;
	struct proc_stat stat;
	uint64_t mounts;

	/* Many cannot be looked at, but those do not stand still. */
	if (proc_stat(pid, &stat, NULL) < 0 || !is_stopped(&stat))
		return true;
	mounts = mounts_of(pid);
	if (mounts == 0 && errno != ENOENT && errno != ESRCH && visit->err.code == ERR_NONE)
		err_set(&visit->err, ERR_SYSTEM, errno, "cannot see whose process %d is", (int)pid);
	if (mounts != visit->operation->mounts_inode)
		return true;
	return resume(pid, data);
}

/* Where the first process has ended, its children have another parent: they are found by what they
 * see of the file system, which is theirs alone. */
static int resume_orphans(struct visit *resumed, struct err *err)
{
	if (!means_all(resumed->operation) || resumed->operation->mounts_inode == 0)
		return 0;
	return proc_each(resume_by_mounts, resumed, err);
}

static int is_there(const struct operation *operation, bool *ret_there, struct err *err)
{
	struct proc_stat stat;
	struct err reason = {0};

	*ret_there = false;
	if (proc_stat(operation->pid, &stat, &reason) == 0) {
		*ret_there = stat.start_time == operation->start_time && !has_ended(&stat);
		return 0;
	}
	if (reason.sys == ENOENT)
		return 0;
	*err = reason;
	return -1;
}

/* The container, and with it what was stopped, may be gone by now. */
static int resume_all(const struct operation *operation, struct err *err)
{
	struct visit resumed = {.operation = operation};
	struct err reason = {0};
	bool there;

	if (is_there(operation, &there, err) < 0)
		return -1;
	if (there && visit(&resumed, resume, &reason) < 0 && reason.sys != ENOENT)
		resumed.err = reason;
	if (resume_orphans(&resumed, &reason) < 0)
		resumed.err = reason;
	if (resumed.err.code == ERR_NONE)
		return 0;
	*err = resumed.err;
	return -1;
}

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct visit stopped = {.operation = operation};

	(void)context;
	if (!proc_alive(operation->pid, operation->start_time))
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d has ended", operation->pid);
	if (visit(&stopped, count_stopped, err) < 0)
		return -1;
	if (stopped.count != 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"%u of its processes are stopped already, by someone else; perturb would "
			"wake them up too early",
			stopped.count);
	operation->mounts_inode = means_all(operation) ? own_mounts_of(operation->pid) : 0;
	return 0;
}

/* Until a look at all processes finds none that runs: they may have had children meanwhile. */
static int stop_all(struct operation *operation, struct err *err)
{
	struct visit stopped = {.operation = operation};

	for (int waited = 0; waited < STOP_TIMEOUT_MS; waited++) {
		const struct timespec pause = {.tv_nsec = 1000000};

		if (visit(&stopped, stop, err) < 0)
			return -1;
		if (stopped.err.code != ERR_NONE) {
			*err = stopped.err;
			return -1;
		}
		operation->processes = stopped.count;
		if (stopped.count == 0)
			return err_set(
				err, ERR_UNAVAILABLE, 0, "process %d has ended", operation->pid);
		if (stopped.pending == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return err_set(err, ERR_SYSTEM, 0, "%u of %u processes did not stop within %d s",
		stopped.pending, stopped.count, STOP_TIMEOUT_MS / 1000);
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct err ignored;

	(void)context;
	if (!proc_alive(operation->pid, operation->start_time))
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d has ended", operation->pid);
	if (stop_all(operation, err) < 0) {
		(void)resume_all(operation, &ignored);
		return -1;
	}
	return 0;
}

static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	(void)context;
	if (evidence != NULL)
		*evidence = (struct evidence){
			.source = EVIDENCE_PROCESSES, .processes = operation->processes};
	return resume_all(operation, err);
}

static void describe(const struct operation *operation, FILE *out)
{
	if (means_all(operation))
		fprintf(out, "kill -s STOP $(pgrep --ns %d --nslist pid)", operation->pid);
	else
		fprintf(out, "kill -s STOP %d", operation->pid);
}

const struct operation_ops operation_stop = {
	.name = "sigstop",
	.prepare = prepare,
	.apply = apply,
	.undo = undo,
	.describe = describe,
};
