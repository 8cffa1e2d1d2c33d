/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operation of the relay engine: a redirect of what one interface sends, or receives, through
 * the relay.
 *
 * What was to be sent the relay sends itself, past the filters and the queueing discipline of the
 * interface, or, where somebody has configured those, through them with a mark. What was received
 * goes back into the TAP device, whose own filter hands it to the interface as received again; the
 * group bit in its source address, which no sender has and no protocol above looks at, keeps it
 * from being redirected twice.
 */
#include <errno.h>
#include <unistd.h>

#include "faults/device.h"
#include "faults/ifb_text.h"
#include "faults/link.h"
#include "faults/netlink.h"
#include "faults/netns.h"
#include "faults/operation.h"
#include "faults/qdisc.h"
#include "faults/redirect_operation.h"
#include "faults/relay.h"
#include "faults/tap.h"

/* Of the filter that leads out of the TAP. */
#define RETURN_COOKIE "ptb"

static enum redirect_guard guard_of(const struct operation *operation)
{
	if (operation->direction == DIRECTION_INGRESS)
		return REDIRECT_GUARD_MAC;
	return operation->through_stack ? REDIRECT_GUARD_MARK : REDIRECT_GUARD_NONE;
}

/* A bridge looks at the source address. */
static int refuse_port(struct nl_sock *socket, const struct operation *operation, struct err *err)
{
	bool port;

	if (link_is_port(socket, operation, &port, err) < 0)
		return -1;
	if (!port)
		return 0;
	return err_set(err, ERR_UNAVAILABLE, 0,
		"interface %s is a port of a bridge or bond, where the relay cannot treat what "
		"arrives: use --engine netem, or the egress of whoever sends",
		operation->interface);
}

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct qdisc qdisc;
	struct nl_sock *socket;
	struct err reason = {0};
	bool foreign;

	if (redirect_prepare(context, operation, TAP_PREFIX, &foreign, err) < 0 ||
		redirect_socket(context, operation, &socket, err) < 0)
		return -1;
	if (operation->direction == DIRECTION_INGRESS)
		return refuse_port(socket, operation, err);
	if (qdisc_get_root(socket, operation->interface_index, &qdisc, &reason) < 0) {
		if (reason.sys == ENODEV)
			return err_set(err, ERR_UNAVAILABLE, 0, "interface %s is gone from %s",
				operation->interface, operation->netns_path);
		*err = reason;
		return err_prefix(err, "interface %s", operation->interface);
	}
	if (qdisc.handle == QDISC_HANDLE)
		return qdisc_refuse_configured(operation, &qdisc, "", err);
	/* Otherwise the shorter way is the faster one. */
	operation->through_stack = foreign || qdisc.handle != 0;
	return 0;
}

/* What the relay writes into the TAP is the interface's. It goes when the TAP does. */
static int add_return(struct nl_sock *socket, const struct operation *operation, struct err *err)
{
	const struct redirect redirect = {
		.interface_index = operation->tap_index,
		.direction = DIRECTION_INGRESS,
		.priority = 1,
		.device_index = operation->interface_index,
		.received = true,
		.cookie = RETURN_COOKIE,
	};

	if (redirect_add_clsact(socket, operation->tap_index, err) < 0 ||
		redirect_add_filter(socket, &redirect, err) < 0)
		return err_prefix(err, "the relay's TAP device");
	return 0;
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct tap_request request = {.name = operation->tap,
		.interface_index = operation->interface_index,
		.received = operation->direction == DIRECTION_INGRESS,
		.mark = operation->through_stack ? REDIRECT_MARK : 0,
		.super_packets =
			!operation->segment && relay_takes_super_packets(&operation->impairment),
		.tap_fd = -1,
		.packet_fd = -1};
	struct nl_sock *socket;

	if (context->relay == NULL && relay_start(&context->relay, context->tables, err) < 0)
		return -1;
	if (redirect_socket(context, operation, &socket, err) < 0 ||
		netns_call(context->netns, operation->netns_path, operation->netns_device,
			operation->netns_inode, tap_create, &request, err) < 0)
		return -1;
	operation->tap_index = request.tap_index;
	if ((request.received && add_return(socket, operation, err) < 0) ||
		relay_add(context->relay, operation->id, &request, &operation->impairment,
			operation_seed(operation), err) < 0) {
		close(request.tap_fd);
		close(request.packet_fd);
		return -1;
	}
	if (redirect_begin(context, socket, operation, guard_of(operation), operation->tap_index,
		    err) < 0) {
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

/* The redirect goes; the device, which takes the kernel some 30 ms, is left to undo. */
static int end_redirect(struct operation_context *context, const struct operation *operation,
	bool *ret_lost, struct err *err)
{
	struct nl_sock *socket;

	*ret_lost = false;
	if (redirect_find_socket(context, operation, &socket, err) < 0 ||
		(socket != NULL && redirect_end(socket, operation, ret_lost, err) < 0))
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
		redirect_find_socket(context, operation, &socket, err) < 0)
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
	if (redirect_socket(context, operation, &socket, err) < 0 ||
		relay_observe(context->relay, operation->id, evidence, err) < 0)
		return -1;
	evidence->overlimit_drops += tap_overruns(socket, operation->tap);
	return 0;
}

static void describe(const struct operation *operation, FILE *out)
{
	const struct qdisc_kind *kind =
		operation->impairment.burst_bytes != 0 ? &qdisc_tbf : &qdisc_netem;

	if (operation->direction == DIRECTION_INGRESS || operation->segment ||
		!aim_is_everything(&operation->aim))
		ifb_describe(kind, operation, out);
	else
		qdisc_describe(kind, operation, out);
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
