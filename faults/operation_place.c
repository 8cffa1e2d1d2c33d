/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/operation_place.h"

#include <stdio.h>

#include "faults/cgroup.h"

static bool is_network(const struct operation *operation)
{
	return operation->interface[0] != '\0' && operation->type != OPERATION_NFT;
}

const char *operation_place(const struct operation *operation, char *buffer, size_t size)
{
	if (is_network(operation))
		snprintf(buffer, size, "interface %s of %s", operation->interface,
			operation->netns_path);
	else if (operation->type == OPERATION_RESET)
		snprintf(buffer, size, "the connections of %s", operation->netns_path);
	else if (operation->type == OPERATION_DNS)
		snprintf(buffer, size, "the name service of %s", operation->netns_path);
	else if (operation->type == OPERATION_NFT)
		snprintf(buffer, size, "the packet filter of %s", operation->netns_path);
	else if (operation->type == OPERATION_FREEZE)
		snprintf(buffer, size, "cgroup %s", operation->cgroup);
	else
		snprintf(buffer, size, "process %d", (int)operation->pid);
	return buffer;
}

static bool share_cgroup(const char *a, const char *b)
{
	return a[0] != '\0' && b[0] != '\0' &&
	       (cgroup_directory_contains(a, b) || cgroup_directory_contains(b, a));
}

bool operation_same_place(const struct operation *a, const struct operation *b)
{
	if (operation_ops(a->type)->instant || operation_ops(b->type)->instant ||
		a->type == OPERATION_NFT || b->type == OPERATION_NFT || a->type == OPERATION_DNS ||
		b->type == OPERATION_DNS || is_network(a) != is_network(b))
		return false;
	if (is_network(a))
		return a->netns_inode == b->netns_inode && a->netns_device == b->netns_device &&
		       a->interface_index == b->interface_index;
	return (a->pid == b->pid && a->start_time == b->start_time) ||
	       share_cgroup(a->cgroup, b->cgroup);
}

bool operation_excludes(const struct operation *a, const struct operation *b)
{
	if (!operation_same_place(a, b))
		return false;
	return !is_network(a) || (a->direction == b->direction && aim_is_everything(&a->aim) &&
					 aim_is_everything(&b->aim));
}
