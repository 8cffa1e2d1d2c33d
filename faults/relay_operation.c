/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operation of the relay engine: a redirect of what one interface sends through the relay.
 */
#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#include "faults/link.h"
#include "faults/netem_text.h"
#include "faults/netlink.h"
#include "faults/netns.h"
#include "faults/operation.h"
#include "faults/proc.h"
#include "faults/qdisc.h"
#include "faults/redirect.h"
#include "faults/relay.h"
#include "faults/tap.h"
#include "faults/tbf.h"

/* Of the redirect filter: the first, or another filter could decide before it. */
#define FILTER_PRIORITY 1

static int open_netlink(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err)
{
	return netns_socket(context->netns, operation->netns_path, operation->netns_device,
		operation->netns_inode, ret_socket, err);
}

static int refuse_filters(
	const struct operation *operation, const struct redirect_state *state, struct err *err)
{
	if (state->ingress)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"interface %s has an ingress qdisc, beside which the relay's clsact qdisc "
			"cannot be added: replace it by clsact, which can do the same",
			operation->interface);
	return err_set(err, ERR_UNAVAILABLE, 0,
		"interface %s has egress filters already, of another fault of perturb or of "
		"somebody else, which might see packets before the relay or not at all: combine "
		"faults at the same time in one \"network\" step, or see \"tc filter show dev %s "
		"egress\"",
		operation->interface, operation->interface);
}

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct redirect_state state;
	struct qdisc qdisc;
	struct nl_sock *socket;
	struct err reason = {0};
	uint32_t random;

	if (operation->pid != 0 && !proc_alive(operation->pid, operation->start_time))
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d is gone", (int)operation->pid);
	if (open_netlink(context, operation, &socket, err) < 0)
		return -1;
	if (link_prepare(socket, operation, err) < 0)
		return -1;
	if (qdisc_get_root(socket, operation->interface_index, &qdisc, &reason) < 0) {
		if (reason.sys == ENODEV)
			return err_set(err, ERR_UNAVAILABLE, 0, "interface %s is gone from %s",
				operation->interface, operation->netns_path);
		*err = reason;
		return err_prefix(err, "interface %s", operation->interface);
	}
	if (qdisc.handle != 0)
		/* What the relay sends goes past the queueing discipline. */
		return qdisc_refuse_configured(
			operation, &qdisc, "the relay's packets would not pass", err);
	if (redirect_examine(socket, operation->interface_index, &state, err) < 0)
		return -1;
	if (state.ingress || state.egress_filters)
		return refuse_filters(operation, &state, err);
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return err_set(err, ERR_SYSTEM, errno, "cannot choose a name for the TAP device");
	snprintf(operation->tap, sizeof(operation->tap), TAP_PREFIX "%08x", random);
	operation->clsact_created = !state.clsact;
	operation->filter_priority = FILTER_PRIORITY;
	return 0;
}

/* Removes the redirect, which must go before the TAP does: packets to a missing device are lost.
 * Where its filter is not, the interface need not be ours either (lost). */
static int remove_redirect(
	struct nl_sock *socket, const struct operation *operation, bool *ret_lost, struct err *err)
{
	bool same = true;
	bool found;

	*ret_lost = false;
	if (redirect_remove_filter(
		    socket, operation->interface_index, operation->tap, &found, err) < 0 ||
		(!found && link_is_same(socket, operation, &same, err) < 0))
		return -1;
	*ret_lost = !same;
	if (!same || !operation->clsact_created)
		return 0;
	if (redirect_remove_clsact(socket, operation->interface_index, err) < 0)
		return -1;
	return link_put_back(socket, operation, err);
}

/* A qdisc that the kernel refuses to add was added by somebody else since prepare, if at all: undo
 * must leave it alone. */
static int add_clsact(struct nl_sock *socket, struct operation *operation, struct err *err)
{
	int result = redirect_add_clsact(socket, operation->interface_index, err);

	if (result < 0 && result != NETLINK_UNANSWERED)
		operation->clsact_created = false;
	return result;
}

static int add_redirect(struct nl_sock *socket, struct operation *operation, struct err *err)
{
	struct err ignored;
	bool lost;

	if (operation->clsact_created && add_clsact(socket, operation, err) < 0)
		return -1;
	if (redirect_add_filter(socket, operation->interface_index, operation->filter_priority,
		    operation->tap_index, operation->tap, err) < 0) {
		(void)remove_redirect(socket, operation, &lost, &ignored);
		return -1;
	}
	return 0;
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct tap_request request = {.name = operation->tap,
		.interface_index = operation->interface_index,
		.super_packets = relay_takes_super_packets(&operation->impairment),
		.tap_fd = -1,
		.packet_fd = -1};
	struct nl_sock *socket;

	if (context->relay == NULL && relay_start(&context->relay, context->tables, err) < 0)
		return -1;
	if (open_netlink(context, operation, &socket, err) < 0 ||
		netns_call(context->netns, operation->netns_path, operation->netns_device,
			operation->netns_inode, tap_create, &request, err) < 0)
		return -1;
	operation->tap_index = request.tap_index;
	if (relay_add(context->relay, operation->id, request.tap_fd, request.packet_fd,
		    request.super_packets, &operation->impairment, operation_seed(operation),
		    err) < 0) {
		close(request.tap_fd);
		close(request.packet_fd);
		return -1;
	}
	if (add_redirect(socket, operation, err) < 0) {
		relay_remove(context->relay, operation->id, NULL);
		return -1;
	}
	return 0;
}

static int change(struct operation_context *context, const struct operation *operation,
	const struct impairment *impairment, struct err *err)
{
	if (context->relay == NULL)
		return err_set(err, ERR_SYSTEM, 0, "the relay is not running");
	return relay_change(context->relay, operation->id, impairment, err);
}

/* The process exists only while it is needed. */
static void end_idle_relay(struct operation_context *context)
{
	if (context->relay == NULL || !relay_is_idle(context->relay))
		return;
	relay_free(context->relay);
	context->relay = NULL;
}

/* The socket of its namespace, or NULL: everything was in the namespace, and went with it. */
static int find_netlink(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err)
{
	struct err reason = {0};

	*ret_socket = NULL;
	if (open_netlink(context, operation, ret_socket, &reason) == 0 || reason.sys == ENOENT)
		return 0;
	if (err != NULL)
		*err = reason;
	return -1;
}

/* The redirect goes; the device, which takes the kernel some 30 ms, is left to undo. */
static int end_redirect(struct operation_context *context, const struct operation *operation,
	bool *ret_lost, struct err *err)
{
	struct nl_sock *socket;

	*ret_lost = false;
	if (find_netlink(context, operation, &socket, err) < 0 ||
		(socket != NULL && remove_redirect(socket, operation, ret_lost, err) < 0))
		return -1;
	if (context->relay != NULL)
		/* With the packets that came faster than the relay could take them. */
		relay_release(context->relay, operation->id,
			socket == NULL ? 0 : tap_overruns(socket, operation->tap));
	return 0;
}

static int cease(
	struct operation_context *context, const struct operation *operation, struct err *err)
{
	bool lost;

	return end_redirect(context, operation, &lost, err);
}

static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	struct nl_sock *socket;
	bool lost;

	if (end_redirect(context, operation, &lost, err) < 0 ||
		find_netlink(context, operation, &socket, err) < 0)
		return -1;
	if (context->relay != NULL)
		relay_remove(context->relay, operation->id, evidence);
	if (evidence != NULL)
		evidence->lost = lost;
	end_idle_relay(context);
	/* Gone by now, unless this is recovery and the relay still lives. */
	return socket == NULL ? 0 : tap_remove(socket, operation->tap, err);
}

static int observe(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	struct nl_sock *socket;

	if (context->relay == NULL)
		return err_set(err, ERR_SYSTEM, 0, "the relay is not running");
	if (open_netlink(context, operation, &socket, err) < 0 ||
		relay_observe(context->relay, operation->id, evidence, err) < 0)
		return -1;
	evidence->overlimit_drops += tap_overruns(socket, operation->tap);
	return 0;
}

static void describe(const struct operation *operation, FILE *out)
{
	qdisc_describe(operation, out);
	if (operation->impairment.burst_bytes != 0)
		tbf_describe(&operation->impairment, out);
	else
		netem_describe(&operation->impairment, out);
}

const struct operation_ops operation_relay = {
	.name = "relay",
	.prepare = prepare,
	.apply = apply,
	.change = change,
	.cease = cease,
	.undo = undo,
	.observe = observe,
	.describe = describe,
};
