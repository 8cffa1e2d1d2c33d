/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/socket_owners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults/members.h"
#include "faults/proc.h"
#include "faults/protection.h"

struct look {
	const struct operation *operation;
	const struct protection *protection;
	struct socket_owners *owners;
	bool of_host; /* it is the namespace of this machine, or that of perturb */
	pid_t *members;
	size_t member_count;
	size_t member_capacity;
	struct err err; /* the first failure */
};

static int compare_inodes(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a;
	uint32_t second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

static int compare_pids(const void *a, const void *b)
{
	pid_t first = *(const pid_t *)a;
	pid_t second = *(const pid_t *)b;

	return (first > second) - (first < second);
}

static void sort(struct socket_set *set)
{
	if (set->count != 0)
		qsort(set->inodes, set->count, sizeof(set->inodes[0]), compare_inodes);
}

static bool has(const struct socket_set *set, uint32_t inode)
{
	return set->count != 0 && bsearch(&inode, set->inodes, set->count, sizeof(set->inodes[0]),
					  compare_inodes) != NULL;
}

/* Room for one more; false when memory is short. */
static bool grow(void **items, size_t count, size_t *capacity, size_t size)
{
	size_t more = *capacity == 0 ? 64 : *capacity * 2;
	void *moved;

	if (count < *capacity)
		return true;
	moved = realloc(*items, more * size);
	if (moved == NULL)
		return false;
	*items = moved;
	*capacity = more;
	return true;
}

static int add_socket(uint32_t inode, void *data)
{
	struct socket_set *set = data;
	void *items = set->inodes;

	if (!grow(&items, set->count, &set->capacity, sizeof(set->inodes[0])))
		return -1;
	set->inodes = items;
	set->inodes[set->count++] = inode;
	return 0;
}

/* A process that has ended has no sockets. */
static void add_sockets(struct look *look, pid_t pid, struct socket_set *set)
{
	struct err err = {0};

	if (proc_each_socket(pid, add_socket, set, &err) < 0 && err.sys != ENOENT &&
		err.sys != ESRCH && look->err.code == ERR_NONE)
		look->err = err;
}

static bool note_member(pid_t pid, void *data)
{
	struct look *look = data;
	void *items = look->members;

	if (!grow(&items, look->member_count, &look->member_capacity, sizeof(pid))) {
		err_set(&look->err, ERR_SYSTEM, ENOMEM, "cannot list processes");
		return false;
	}
	look->members = items;
	look->members[look->member_count++] = pid;
	return true;
}

static bool is_member(const struct look *look, pid_t pid)
{
	return look->member_count != 0 &&
	       bsearch(&pid, look->members, look->member_count, sizeof(pid), compare_pids) != NULL;
}

static int find_members(struct look *look, struct err *err)
{
	const struct operation *operation = look->operation;

	if (operation->pid == 0)
		return 0;
	if (operation->command[0] == '\0')
		(void)note_member(operation->pid, look);
	else if (members_each(operation->pid, operation->cgroup, note_member, look, err) < 0)
		return -1;
	if (look->member_count != 0)
		qsort(look->members, look->member_count, sizeof(pid_t), compare_pids);
	return 0;
}

static bool is_protected(const struct look *look, pid_t pid)
{
	return look->protection != NULL && protection_spares(look->protection, pid);
}

/* Somebody who lives in the namespace, and is not perturb at work. */
static bool meet(pid_t pid, void *data)
{
	struct look *look = data;
	const struct operation *operation = look->operation;
	uint64_t device;
	uint64_t inode;
	struct err err = {0};

	if (proc_netns(pid, &device, &inode, &err) < 0) {
		if (err.sys != ENOENT && err.sys != ESRCH && look->err.code == ERR_NONE)
			look->err = err;
		return true;
	}
	if (device != operation->netns_device || inode != operation->netns_inode)
		return true;
	if (operation->pid != 0 && !is_member(look, pid))
		look->owners->shared = true;
	if (is_protected(look, pid))
		add_sockets(look, pid, &look->owners->spared);
	return true;
}

/* Whoever else is in perturb's own namespace cannot be seen from a container. */
static bool is_ours(const struct operation *operation)
{
	uint64_t device;
	uint64_t inode;

	return proc_netns(getpid(), &device, &inode, NULL) < 0 ||
	       (device == operation->netns_device && inode == operation->netns_inode);
}

static bool is_of_init(const struct operation *operation, const struct protection *protection)
{
	return protection != NULL && protection->init.netns_inode == operation->netns_inode &&
	       protection->init.netns_device == operation->netns_device;
}

static int find(struct look *look, struct err *err)
{
	struct socket_owners *owners = look->owners;

	look->of_host = is_ours(look->operation) || is_of_init(look->operation, look->protection);
	owners->shared = look->operation->pid != 0 && look->of_host;
	if (find_members(look, err) < 0 || proc_each(meet, look, err) < 0)
		return -1;
	for (size_t i = 0; owners->shared && i < look->member_count; i++)
		add_sockets(look, look->members[i], &owners->owned);
	if (look->err.code != ERR_NONE) {
		*err = look->err;
		return -1;
	}
	sort(&owners->owned);
	sort(&owners->spared);
	return 0;
}

int socket_owners_find(const struct operation *operation, const struct protection *protection,
	struct socket_owners *ret_owners, struct err *err)
{
	struct look look = {.operation = operation, .protection = protection, .owners = ret_owners};
	int result;

	memset(ret_owners, 0, sizeof(*ret_owners));
	result = find(&look, err);
	free(look.members);
	if (result < 0)
		socket_owners_release(ret_owners);
	return result;
}

void socket_owners_release(struct socket_owners *owners)
{
	free(owners->owned.inodes);
	free(owners->spared.inodes);
	memset(owners, 0, sizeof(*owners));
}

bool socket_owners_allow(const struct socket_owners *owners, uint32_t inode)
{
	return !has(&owners->spared, inode) && (!owners->shared || has(&owners->owned, inode));
}
