/* SPDX-License-Identifier: Apache-2.0 */
/* The operation behind reset: TCP connections are destroyed, which nothing takes back. */
#include <errno.h>
#include <stdlib.h>

#include "faults/aim_match.h"
#include "faults/connections.h"
#include "faults/netns.h"
#include "faults/operation.h"
#include "faults/proc.h"
#include "faults/reset_text.h"
#include "faults/socket_owners.h"

static int open_socket(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err)
{
	return netns_diag_socket(context->netns, operation->netns_path, operation->netns_device,
		operation->netns_inode, ret_socket, err);
}

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct nl_sock *socket;

	if (operation->pid != 0 && !proc_alive(operation->pid, operation->start_time))
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d is gone", (int)operation->pid);
	return open_socket(context, operation, &socket, err);
}

/* POSIX has a generator whose state is the caller's. */
struct dice {
	unsigned short state[3];
	double percent;
};

static struct dice dice_of(const struct operation *operation)
{
	uint64_t seed = operation_seed(operation);

	return (struct dice){
		.state = {(unsigned short)(seed >> 32), (unsigned short)seed,
			(unsigned short)(seed >> 16)},
		.percent = operation->reset.percent,
	};
}

static bool is_chosen(struct dice *dice)
{
	return erand48(dice->state) * 100.0 < dice->percent;
}

/* One that ends by itself in this moment is none that was destroyed. */
static int destroy_matching(struct nl_sock *socket, struct operation *operation,
	const struct connection_list *list, const struct socket_owners *owners, struct err *err)
{
	struct dice dice = dice_of(operation);
	struct err reason = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct connection *connection = &list->items[i];

		if (!aim_matches_connection(&operation->aim, connection) ||
			!socket_owners_allow(owners, connection->inode) || !is_chosen(&dice))
			continue;
		if (connections_destroy(socket, connection, &reason) == 0)
			operation->processes++;
		else if (reason.sys != ENOENT) {
			*err = reason;
			return -1;
		}
	}
	return 0;
}

/* First the connections, then whose they are: a process that comes in between has none of them. */
static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct connection_list list = {0};
	struct socket_owners owners;
	struct nl_sock *socket;
	int result = -1;

	operation->processes = 0;
	if (open_socket(context, operation, &socket, err) < 0)
		return -1;
	if (connections_list(socket, reset_state_bits(operation->reset.states), &list, err) == 0 &&
		socket_owners_find(operation, context->protection, &owners, err) == 0) {
		result = destroy_matching(socket, operation, &list, &owners, err);
		socket_owners_release(&owners);
	}
	connections_release(&list);
	return result;
}

/* There is nothing to put back; only the evidence is handed over. */
static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	(void)context;
	(void)err;
	if (evidence != NULL)
		*evidence = (struct evidence){
			.source = EVIDENCE_CONNECTIONS, .connections = operation->processes};
	return 0;
}

const struct operation_ops operation_reset = {
	.name = "sock_destroy",
	.instant = true,
	.prepare = prepare,
	.apply = apply,
	.undo = undo,
	.describe = reset_describe,
};
