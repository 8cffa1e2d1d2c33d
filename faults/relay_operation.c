/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operation of the relay engine: a redirect of what one interface sends through the relay.
 */
#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#include "faults/netem_text.h"
#include "faults/netns.h"
#include "faults/operation.h"
#include "faults/qdisc.h"
#include "faults/redirect.h"
#include "faults/relay.h"
#include "faults/tap.h"
#include "reports/mem.h"

/* Of the redirect filter: the first, or another filter could decide before it. */
#define FILTER_PRIORITY 1

static int open_netlink(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err)
{
	return netns_socket(context->netns, operation->netns_path, operation->netns_device,
		operation->netns_inode, ret_socket, err);
}

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct redirect_state state;
	struct nl_sock *socket;
	uint32_t random;

	if (open_netlink(context, operation, &socket, err) < 0 ||
		redirect_examine(socket, operation->interface_index, &state, err) < 0)
		return -1;
	if (state.ingress)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"%s has an ingress qdisc, beside which the relay's clsact qdisc cannot be "
			"added; replace it by clsact, which can do the same",
			operation->interface);
	if (state.others != 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"%s has %u egress filters already, which might see packets before the "
			"relay or not at all",
			operation->interface, state.others);
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return err_set(err, ERR_SYSTEM, errno, "cannot choose a name for the TAP device");
	snprintf(operation->tap, sizeof(operation->tap), "ptb%08x", random);
	operation->clsact_created = !state.clsact;
	operation->filter_priority = FILTER_PRIORITY;
	return 0;
}

/* Removes the redirect, which must go before the TAP does: packets to a missing device are lost. */
static int remove_redirect(
	struct nl_sock *socket, const struct operation *operation, struct err *err)
{
	if (redirect_remove_filter(
		    socket, operation->interface_index, operation->filter_priority, err) < 0)
		return -1;
	if (operation->clsact_created)
		return redirect_remove_clsact(socket, operation->interface_index, err);
	return 0;
}

static int add_redirect(struct nl_sock *socket, struct operation *operation, struct err *err)
{
	struct err ignored;

	if (operation->clsact_created &&
		redirect_add_clsact(socket, operation->interface_index, err) < 0)
		return -1;
	if (redirect_add_filter(socket, operation->interface_index, operation->filter_priority,
		    operation->tap_index, err) < 0) {
		(void)remove_redirect(socket, operation, &ignored);
		return -1;
	}
	return 0;
}

static uint64_t seed_of(const struct operation *operation)
{
	/* Each interface gets a stream of its own, the same one in every run. */
	return ((uint64_t)operation->id << 32) ^ operation->fault;
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct tap_request request = {.name = operation->tap,
		.interface_index = operation->interface_index,
		.tap_fd = -1,
		.packet_fd = -1};
	cleanup_close int tap_fd = -1;
	cleanup_close int packet_fd = -1;
	struct nl_sock *socket;
	struct err ignored;

	if (context->relay == NULL && relay_start(&context->relay, err) < 0)
		return -1;
	if (open_netlink(context, operation, &socket, err) < 0 ||
		netns_call(context->netns, operation->netns_path, operation->netns_device,
			operation->netns_inode, tap_create, &request, err) < 0)
		return -1;
	/* The relay gets copies; ours close on return, so that the TAP goes with the relay's. */
	tap_fd = request.tap_fd;
	packet_fd = request.packet_fd;
	operation->tap_index = request.tap_index;
	if (relay_add(context->relay, operation->id, tap_fd, packet_fd, &operation->impairment,
		    seed_of(operation), err) < 0)
		return -1;
	if (add_redirect(socket, operation, err) < 0) {
		(void)relay_remove(context->relay, operation->id, NULL, &ignored);
		return -1;
	}
	return 0;
}

static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	struct nl_sock *socket;
	struct err ignored;

	if (open_netlink(context, operation, &socket, err) < 0) {
		/* Everything was in the namespace, and went with it. */
		if (err->sys != ENOENT)
			return -1;
	} else if (remove_redirect(socket, operation, err) < 0) {
		return -1;
	}
	/* A relay that is dead has closed the TAP already; its counters are lost with it. */
	if (context->relay != NULL)
		(void)relay_remove(context->relay, operation->id, evidence, &ignored);
	return 0;
}

static int observe(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	if (context->relay == NULL)
		return err_set(err, ERR_SYSTEM, 0, "the relay is not running");
	return relay_observe(context->relay, operation->id, evidence, err);
}

static void describe(const struct operation *operation, FILE *out)
{
	qdisc_describe(operation, out);
	netem_describe(&operation->impairment, out);
}

const struct operation_ops operation_relay = {
	.name = "relay",
	.prepare = prepare,
	.apply = apply,
	.undo = undo,
	.observe = observe,
	.describe = describe,
};
