/* SPDX-License-Identifier: Apache-2.0 */
/* The operation behind pause: a freezer cgroup, whose processes cannot even notice. */
#include <errno.h>
#include <sys/stat.h>

#include "faults/cgroup.h"
#include "faults/operation.h"
#include "faults/proc.h"
#include "faults/shell.h"

/* The number of a cgroup is never given to another one, but a container that is started again has a
 * cgroup of the same name. 0: there is none. */
static int find_inode(const struct operation *operation, uint64_t *ret_inode, struct err *err)
{
	struct stat status;

	*ret_inode = 0;
	if (stat(operation->cgroup, &status) == 0)
		*ret_inode = status.st_ino;
	else if (errno != ENOENT)
		return err_set(err, ERR_SYSTEM, errno, "cannot examine %s", operation->cgroup);
	return 0;
}

static bool count_process(pid_t pid, void *data)
{
	uint32_t *count = data;

	(void)pid;
	(*count)++;
	return true;
}

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	bool frozen;

	(void)context;
	if (!proc_alive(operation->pid, operation->start_time))
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d has ended", operation->pid);
	if (cgroup_is_frozen(operation->cgroup, operation->cgroup_version, &frozen, err) < 0)
		return -1;
	if (frozen)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"it is paused already, by someone else; perturb would wake it up too "
			"early");
	return find_inode(operation, &operation->cgroup_inode, err);
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct err ignored;

	(void)context;
	if (cgroup_freeze(operation->cgroup, operation->cgroup_version, true, err) < 0) {
		(void)cgroup_freeze(operation->cgroup, operation->cgroup_version, false, &ignored);
		return -1;
	}
	operation->processes = 0;
	(void)cgroup_each_process(operation->cgroup, count_process, &operation->processes, NULL);
	return 0;
}

/* Is the cgroup still the one that was frozen? */
static int is_same(const struct operation *operation, bool *ret_same, struct err *err)
{
	uint64_t inode;

	if (find_inode(operation, &inode, err) < 0)
		return -1;
	*ret_same = operation->cgroup_inode == 0 || inode == operation->cgroup_inode;
	return 0;
}

/* Asks for it; undo waits until it is so. */
static int cease(
	struct operation_context *context, const struct operation *operation, struct err *err)
{
	bool same;

	(void)context;
	if (is_same(operation, &same, err) < 0)
		return -1;
	if (!same)
		return 0;
	return cgroup_ask_freezer(operation->cgroup, operation->cgroup_version, false, err);
}

static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	struct err reason = {0};
	bool same;

	(void)context;
	if (evidence != NULL)
		*evidence = (struct evidence){
			.source = EVIDENCE_PROCESSES, .processes = operation->processes};
	if (is_same(operation, &same, err) < 0)
		return -1;
	if (!same)
		return 0;
	if (cgroup_freeze(operation->cgroup, operation->cgroup_version, false, &reason) < 0 &&
		reason.sys != ENOENT && reason.sys != ENODEV) {
		*err = reason;
		return -1;
	}
	return 0;
}

static void describe(const struct operation *operation, FILE *out)
{
	fprintf(out, "echo %s > ", operation->cgroup_version == 1 ? "FROZEN" : "1");
	shell_quote(operation->cgroup, out);
	fputs(operation->cgroup_version == 1 ? "/freezer.state" : "/cgroup.freeze", out);
}

const struct operation_ops operation_freeze = {
	.name = "freezer",
	.prepare = prepare,
	.apply = apply,
	.cease = cease,
	.undo = undo,
	.describe = describe,
};
