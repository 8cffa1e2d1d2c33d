/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/redirect_operation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "faults/device.h"
#include "faults/link.h"
#include "faults/netlink.h"
#include "faults/netns.h"
#include "faults/proc.h"
#include "reports/mem.h"

/* The byte of an Ethernet header in which the group bit of the source address is. */
#define SOURCE_AT 6
#define GROUP_BIT 1

int redirect_socket(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err)
{
	return netns_socket(context->netns, operation->netns_path, operation->netns_device,
		operation->netns_inode, ret_socket, err);
}

int redirect_find_socket(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err)
{
	struct err reason = {0};

	*ret_socket = NULL;
	if (redirect_socket(context, operation, ret_socket, &reason) == 0 || reason.sys == ENOENT)
		return 0;
	if (err != NULL)
		*err = reason;
	return -1;
}

/* Only egress: what arrives can be filtered by an ingress qdisc as well. */
static int refuse_ingress_qdisc(const struct operation *operation, struct err *err)
{
	return err_set(err, ERR_UNAVAILABLE, 0,
		"interface %s has an ingress qdisc, beside which a clsact qdisc cannot be added, "
		"which this fault needs: replace it by clsact, which can do the same",
		operation->interface);
}

/* Before all filters of others, one of which might decide about a packet for good. Programs stand
 * side by side in one priority, the youngest first; elsewhere there must be room before. */
static int choose_priority(
	struct operation *operation, const struct redirect_hook *hook, struct err *err)
{
	const char *way = operation->direction == DIRECTION_INGRESS ? "ingress" : "egress";

	if (operation->filter_priority == 0)
		operation->filter_priority = 1;
	if (hook->foreign_priority == 0 || operation->filter_priority < hook->foreign_priority)
		return 0;
	if (!hook->foreign_bpf)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"interface %s has %s filters of somebody else from priority %u on, before "
			"which there is no room for ours; after them, ours would not see every "
			"packet: give them a higher number, see \"tc filter show dev %s %s\"",
			operation->interface, way, hook->foreign_priority, operation->interface,
			way);
	operation->filter_priority = hook->foreign_priority;
	return 0;
}

static bool shares_clsact(
	const struct operation_context *context, const struct operation *operation)
{
	return context->shares_clsact != NULL && context->shares_clsact(context->others, operation);
}

int redirect_prepare(struct operation_context *context, struct operation *operation,
	const char *prefix, bool *ret_foreign, struct err *err)
{
	struct redirect_state state;
	const struct redirect_hook *hook = &state.hooks[operation->direction];
	struct nl_sock *socket;

	if (operation->pid != 0 && !proc_alive(operation->pid, operation->start_time))
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d is gone", (int)operation->pid);
	if (redirect_socket(context, operation, &socket, err) < 0 ||
		link_prepare(socket, operation, err) < 0 ||
		redirect_examine(socket, operation->interface_index, &state, err) < 0)
		return -1;
	if (state.ingress && operation->direction == DIRECTION_EGRESS)
		return refuse_ingress_qdisc(operation, err);
	if (choose_priority(operation, hook, err) < 0 ||
		device_choose_name(prefix, operation->tap, err) < 0)
		return -1;
	if (state.ingress)
		operation->clsact_created = false;
	else
		operation->clsact_created = !state.clsact || shares_clsact(context, operation);
	if (ret_foreign != NULL)
		*ret_foreign = hook->foreign_priority != 0;
	return 0;
}

enum redirect_guard redirect_guard(const struct operation *operation)
{
	return operation->direction == DIRECTION_INGRESS ? REDIRECT_GUARD_MAC : REDIRECT_GUARD_MARK;
}

/* Packets with the mark, or the address, are not meant. */
static void write_guard(enum redirect_guard guard, struct aim_filter *filter)
{
	static const struct sock_filter mark[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_MARK)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, REDIRECT_MARK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	static const struct sock_filter mac[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_LL_OFF + SOURCE_AT),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, GROUP_BIT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	_Static_assert(sizeof(mark) == sizeof(mac), "one length for both");
	memmove(filter->code + ARRAY_SIZE(mark), filter->code,
		filter->length * sizeof(filter->code[0]));
	memcpy(filter->code, guard == REDIRECT_GUARD_MARK ? mark : mac, sizeof(mark));
	filter->length = (uint16_t)(filter->length + ARRAY_SIZE(mark));
}

int redirect_filter_make(const struct operation *operation, enum redirect_guard guard,
	struct aim_filter *ret_filter, struct err *err)
{
	if (aim_filter_make(&operation->aim, operation->direction, UINT32_MAX, 0, ret_filter, err) <
		0)
		return -1;
	if (guard == REDIRECT_GUARD_NONE)
		return 0;
	if (ret_filter->length > BPF_MAXINSNS - 3)
		return err_set(err, ERR_USAGE, 0, "this aim is too large for one packet filter");
	write_guard(guard, ret_filter);
	return 0;
}

/* A qdisc that the kernel refuses to add was added by somebody else since prepare, if at all: undo
 * must leave it alone, unless it is that of another operation of ours. */
static int begin_clsact(struct operation_context *context, struct nl_sock *socket,
	struct operation *operation, struct err *err)
{
	struct redirect_state state;
	int result;

	if (redirect_examine(socket, operation->interface_index, &state, err) < 0)
		return -1;
	if (state.clsact && shares_clsact(context, operation))
		return 0;
	result = redirect_add_clsact(socket, operation->interface_index, err);
	if (result < 0 && result != NETLINK_UNANSWERED)
		operation->clsact_created = false;
	return result;
}

int redirect_begin(struct operation_context *context, struct nl_sock *socket,
	struct operation *operation, enum redirect_guard guard, uint32_t device_index,
	struct err *err)
{
	struct aim_filter *filter = malloc(sizeof(*filter));
	struct redirect redirect = {.interface_index = operation->interface_index,
		.direction = operation->direction,
		.priority = operation->filter_priority,
		.device_index = device_index,
		.cookie = operation->tap};
	struct err ignored;
	bool lost;
	int result = -1;

	if (filter == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot make a packet filter");
	if (guard != REDIRECT_GUARD_NONE || !aim_is_everything(&operation->aim))
		redirect.filter = filter;
	if ((redirect.filter == NULL || redirect_filter_make(operation, guard, filter, err) == 0) &&
		(!operation->clsact_created ||
			begin_clsact(context, socket, operation, err) == 0)) {
		result = redirect_add_filter(socket, &redirect, err);
		if (result < 0)
			(void)redirect_end(socket, operation, &lost, &ignored);
	}
	free(filter);
	return result < 0 ? -1 : 0;
}

int redirect_end(
	struct nl_sock *socket, const struct operation *operation, bool *ret_lost, struct err *err)
{
	bool same = true;
	bool found;

	*ret_lost = false;
	if (redirect_remove_filter(socket, operation->interface_index, operation->direction,
		    operation->tap, &found, err) < 0 ||
		(!found && link_is_same(socket, operation, &same, err) < 0))
		return -1;
	*ret_lost = !same;
	if (!same || !operation->clsact_created)
		return 0;
	if (redirect_remove_clsact(socket, operation->interface_index, err) < 0)
		return -1;
	return link_put_back(socket, operation, err);
}
