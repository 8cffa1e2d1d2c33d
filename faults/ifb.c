/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operation of the netem engine where the root of the interface is not the place: what arrives,
 * some packets only, or an interface that has a queueing discipline of somebody's. A filter leads
 * the packets through an ifb device (intermediate functional block) of our own, which has netem or
 * the token bucket, and gives them back to the interface where they were taken: to be sent by its
 * own queueing discipline, or as just received. Filters do not see them twice.
 *
 * To segment, the device has a token bucket so fast that it never holds a packet back. Its size is
 * that of one packet, and what is larger the kernel cuts (tbf_segment in net/sched/sch_tbf.c),
 * before the fault below it.
 */
#include <errno.h>
#include <linux/pkt_sched.h>

#include "faults/device.h"
#include "faults/ifb_text.h"
#include "faults/netlink.h"
#include "faults/operation.h"
#include "faults/qdisc.h"
#include "faults/redirect_operation.h"
#include "faults/tbf.h"

static const struct qdisc_kind *kind_of(const struct operation *operation)
{
	return operation->impairment.burst_bytes != 0 ? &qdisc_tbf : &qdisc_netem;
}

/* Below what the fault is. */
static uint32_t parent_of(const struct operation *operation)
{
	return operation->segment ? QDISC_SEGMENT_CLASS : TC_H_ROOT;
}

static uint32_t handle_of(const struct operation *operation)
{
	return operation->segment ? QDISC_SEGMENT_HANDLE : QDISC_HANDLE;
}

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	return redirect_prepare(context, operation, IFB_PREFIX, NULL, err);
}

static int explain(const struct operation *operation, const struct err *reason, struct err *err)
{
	*err = *reason;
	if (reason->sys == ENOENT || reason->sys == EOPNOTSUPP)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"this kernel lacks %s, ifb, cls_bpf or act_mirred: load or install the "
			"modules (linux-modules-extra, kernel-modules-extra), or use --engine "
			"relay",
			kind_of(operation) == &qdisc_tbf ? "sch_tbf" : "sch_netem");
	return err_prefix(err, "interface %s", operation->interface);
}

static int make_device(struct operation_context *context, struct nl_sock *socket,
	struct operation *operation, struct err *err)
{
	if (device_add_ifb(socket, operation->tap, &operation->tap_index, err) < 0)
		return -1;
	if (operation->segment && qdisc_add(&qdisc_segmenter, socket, context, operation,
					  operation->tap_index, TC_H_ROOT, QDISC_HANDLE, err) < 0)
		return -1;
	return qdisc_add(kind_of(operation), socket, context, operation, operation->tap_index,
		parent_of(operation), handle_of(operation), err);
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct nl_sock *socket;
	struct err reason = {0};
	struct err ignored;

	if (redirect_socket(context, operation, &socket, err) < 0)
		return -1;
	if (make_device(context, socket, operation, &reason) == 0 &&
		redirect_begin(context, socket, operation, redirect_guard(operation),
			operation->tap_index, &reason) == 0)
		return 0;
	(void)device_remove(socket, operation->tap, "ifb", &ignored);
	return explain(operation, &reason, err);
}

static int change(struct operation_context *context, const struct operation *operation,
	const struct impairment *impairment, struct err *err)
{
	struct nl_sock *socket;
	struct err reason = {0};

	if (redirect_socket(context, operation, &socket, err) < 0)
		return -1;
	if (qdisc_change_at(kind_of(operation), socket, context, operation, impairment,
		    operation->tap_index, parent_of(operation), handle_of(operation), &reason) < 0)
		return explain(operation, &reason, err);
	return 0;
}

static int cease(
	struct operation_context *context, const struct operation *operation, struct err *err)
{
	struct nl_sock *socket;
	bool lost;

	if (redirect_find_socket(context, operation, &socket, err) < 0)
		return -1;
	return socket == NULL ? 0 : redirect_end(socket, operation, &lost, err);
}

/* The counters of the device of that index. */
static int count(struct nl_sock *socket, const struct operation *operation,
	struct evidence *ret_evidence, struct err *err)
{
	struct qdisc qdisc;

	if (qdisc_get(socket, operation->tap_index, parent_of(operation), &qdisc, err) < 0)
		return -1;
	kind_of(operation)->read_evidence(operation, &qdisc, ret_evidence);
	return 0;
}

/* What still waits in the device goes with it. */
static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	struct nl_sock *socket;
	struct err ignored;
	bool lost;

	if (evidence != NULL)
		*evidence = (struct evidence){.source = EVIDENCE_QDISC};
	if (redirect_find_socket(context, operation, &socket, err) < 0)
		return -1;
	/* Everything was in the namespace, and went with it. */
	if (socket == NULL)
		return 0;
	if (redirect_end(socket, operation, &lost, err) < 0)
		return -1;
	if (evidence != NULL) {
		if (operation->tap_index != 0)
			(void)count(socket, operation, evidence, &ignored);
		evidence->lost = lost;
	}
	return device_remove(socket, operation->tap, "ifb", err);
}

static int observe(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	struct nl_sock *socket;
	struct err reason = {0};

	if (redirect_socket(context, operation, &socket, err) < 0)
		return -1;
	if (count(socket, operation, evidence, &reason) == 0)
		return 0;
	if (reason.sys == ENODEV || reason.sys == ENOENT)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"somebody removed the device %s of perturb, through which interface %s "
			"went",
			operation->tap, operation->interface);
	*err = reason;
	return err_prefix(err, "interface %s", operation->interface);
}

static const char *engine(const struct operation *operation)
{
	return kind_of(operation)->name;
}

static void describe(const struct operation *operation, FILE *out)
{
	ifb_describe(kind_of(operation), operation, out);
}

const struct operation_ops operation_ifb = {
	.name = "ifb",
	.engine = engine,
	.prepare = prepare,
	.apply = apply,
	.change = change,
	.cease = cease,
	.undo = undo,
	.observe = observe,
	.describe = describe,
};
