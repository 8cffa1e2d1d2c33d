/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/qdisc.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <string.h>

#include "faults/link.h"
#include "faults/netlink.h"
#include "faults/netns.h"
#include "faults/proc.h"
#include "faults/shell.h"

static void read_statistics(struct nlattr *container, struct qdisc *qdisc)
{
	struct nlattr *statistics[TCA_STATS_MAX + 1];

	if (nla_parse_nested(statistics, TCA_STATS_MAX, container, NULL) < 0)
		return;
	if (statistics[TCA_STATS_BASIC] != NULL) {
		struct gnet_stats_basic basic = {0};

		nla_memcpy(&basic, statistics[TCA_STATS_BASIC], sizeof(basic));
		qdisc->bytes = basic.bytes;
		qdisc->packets = basic.packets;
	}
	/* Since Linux 5.5; the older counter wraps at 32 bits. */
	if (statistics[TCA_STATS_PKT64] != NULL)
		qdisc->packets = nla_get_u64(statistics[TCA_STATS_PKT64]);
	if (statistics[TCA_STATS_QUEUE] != NULL) {
		struct gnet_stats_queue queue = {0};

		nla_memcpy(&queue, statistics[TCA_STATS_QUEUE], sizeof(queue));
		qdisc->drops = queue.drops;
		qdisc->backlog_packets = queue.qlen;
	}
}

/* A netlink_handler; data is a struct qdisc. */
static void read_qdisc(const struct nlmsghdr *message, void *data)
{
	struct qdisc *qdisc = data;
	const struct tcmsg *header = nlmsg_data(message);
	struct nlattr *attributes[TCA_MAX + 1];

	if (message->nlmsg_type != RTM_NEWQDISC && message->nlmsg_type != RTM_DELQDISC)
		return;
	if (nlmsg_parse((struct nlmsghdr *)message, sizeof(*header), attributes, TCA_MAX, NULL) < 0)
		return;
	qdisc->handle = header->tcm_handle;
	if (attributes[TCA_KIND] != NULL)
		nla_strlcpy(qdisc->kind, attributes[TCA_KIND], sizeof(qdisc->kind));
	if (attributes[TCA_STATS2] != NULL)
		read_statistics(attributes[TCA_STATS2], qdisc);
}

static int no_memory(struct err *err)
{
	return err_set(err, ERR_SYSTEM, ENOMEM, "queueing discipline");
}

int qdisc_get(struct nl_sock *socket, uint32_t interface_index, uint32_t parent,
	struct qdisc *ret_qdisc, struct err *err)
{
	/* NLM_F_ECHO: kernels before 6.4 send the answer only to those who ask for an echo. */
	cleanup_message struct nl_msg *request =
		netlink_tc_request(RTM_GETQDISC, NLM_F_ECHO, interface_index, parent, 0, NULL);

	if (request == NULL)
		return no_memory(err);
	memset(ret_qdisc, 0, sizeof(*ret_qdisc));
	return netlink_exchange(socket, request, read_qdisc, ret_qdisc, err);
}

int qdisc_get_root(
	struct nl_sock *socket, uint32_t interface_index, struct qdisc *ret_qdisc, struct err *err)
{
	return qdisc_get(socket, interface_index, TC_H_ROOT, ret_qdisc, err);
}

static int set_qdisc(const struct qdisc_kind *kind, struct nl_sock *socket,
	const struct operation_context *context, const struct operation *operation,
	struct tcmsg place, int flags, struct err *err)
{
	cleanup_message struct nl_msg *request = netlink_tc_request(RTM_NEWQDISC, flags,
		(uint32_t)place.tcm_ifindex, place.tcm_parent, place.tcm_handle, kind->name);

	if (request == NULL || kind->write_options(request, context, operation) < 0)
		return no_memory(err);
	return netlink_exchange(socket, request, NULL, NULL, err);
}

int qdisc_add(const struct qdisc_kind *kind, struct nl_sock *socket,
	const struct operation_context *context, const struct operation *operation,
	uint32_t interface_index, uint32_t parent, uint32_t handle, struct err *err)
{
	const struct tcmsg place = {
		.tcm_ifindex = (int)interface_index, .tcm_parent = parent, .tcm_handle = handle};

	/* NLM_F_EXCL: one that appeared since prepare is not overwritten. */
	return set_qdisc(kind, socket, context, operation, place, NLM_F_CREATE | NLM_F_EXCL, err);
}

int qdisc_change_at(const struct qdisc_kind *kind, struct nl_sock *socket,
	const struct operation_context *context, const struct operation *operation,
	const struct impairment *impairment, uint32_t interface_index, uint32_t parent,
	uint32_t handle, struct err *err)
{
	const struct tcmsg place = {
		.tcm_ifindex = (int)interface_index, .tcm_parent = parent, .tcm_handle = handle};
	struct operation changed = *operation;

	changed.impairment = *impairment;
	/* Without NLM_F_CREATE, the kernel changes the one with that handle. */
	return set_qdisc(kind, socket, context, &changed, place, 0, err);
}

static int operation_socket(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err)
{
	return netns_socket(context->netns, operation->netns_path, operation->netns_device,
		operation->netns_inode, ret_socket, err);
}

/* An error of the kernel, with the place where it happened. */
static int pass_on(const struct operation *operation, const struct err *reason, struct err *err)
{
	if (err != NULL)
		*err = *reason;
	return err_prefix(err, "interface %s", operation->interface);
}

static int refuse_gone(const struct operation *operation, struct err *err)
{
	return err_set(err, ERR_UNAVAILABLE, 0, "interface %s is gone from %s",
		operation->interface, operation->netns_path);
}

int qdisc_refuse_configured(const struct operation *operation, const struct qdisc *qdisc,
	const char *harm, struct err *err)
{
	if (qdisc->handle == QDISC_HANDLE)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"interface %s already carries a fault of perturb: combine faults at the "
			"same time in one \"network\" step, or run \"perturb recover\" if nothing "
			"else is running",
			operation->interface);
	return err_set(err, ERR_UNAVAILABLE, 0,
		"interface %s has a queueing discipline that somebody configured (%s %x:), which "
		"%s: remove it first (tc qdisc del dev %s root), or name another interface",
		operation->interface, qdisc->kind, qdisc->handle >> 16, harm, operation->interface);
}

int qdisc_prepare(const struct qdisc_kind *kind, struct operation_context *context,
	struct operation *operation, struct err *err)
{
	struct nl_sock *socket;
	struct qdisc qdisc;
	struct err reason = {0};

	(void)kind;
	if (operation->pid != 0 && !proc_alive(operation->pid, operation->start_time))
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d is gone", (int)operation->pid);
	if (operation_socket(context, operation, &socket, err) < 0)
		return -1;
	if (link_prepare(socket, operation, err) < 0)
		return -1;
	if (qdisc_get_root(socket, operation->interface_index, &qdisc, &reason) < 0) {
		if (reason.sys == ENODEV)
			return refuse_gone(operation, err);
		return pass_on(operation, &reason, err);
	}
	/* Nobody can have configured anything below a root with handle 0 either, such as the queues
	 * of mq: the kernel finds no parent of that handle. */
	if (qdisc.handle != 0)
		return qdisc_refuse_configured(operation, &qdisc, "perturb would lose", err);
	operation->handle = QDISC_HANDLE;
	return 0;
}

static int explain_add(const struct qdisc_kind *kind, const struct operation *operation,
	const struct err *reason, struct err *err)
{
	switch (reason->sys) {
	case ENODEV:
		return refuse_gone(operation, err);
	case EEXIST:
		return err_set(err, ERR_UNAVAILABLE, 0,
			"interface %s has just got another queueing discipline",
			operation->interface);
	case ENOENT:
		return err_set(err, ERR_UNAVAILABLE, 0,
			"this kernel has no sch_%s: load or install the module "
			"(linux-modules-extra, kernel-modules-extra), or use --engine relay",
			kind->name);
	case EPERM:
		return err_set(err, ERR_UNAVAILABLE, EPERM,
			"interface %s (perturb needs CAP_NET_ADMIN there: run it as root)",
			operation->interface);
	default:
		return pass_on(operation, reason, err);
	}
}

int qdisc_apply(const struct qdisc_kind *kind, struct operation_context *context,
	struct operation *operation, struct err *err)
{
	struct nl_sock *socket;
	struct err reason = {0};
	int result;

	if (operation_socket(context, operation, &socket, err) < 0)
		return -1;
	result = qdisc_add(kind, socket, context, operation, operation->interface_index, TC_H_ROOT,
		operation->handle, &reason);
	if (result < 0) {
		/* What is there, if anything, is not ours: an undo must leave it alone. */
		if (result != NETLINK_UNANSWERED)
			operation->handle = 0;
		(void)link_put_back(socket, operation, NULL);
		return explain_add(kind, operation, &reason, err);
	}
	return 0;
}

int qdisc_change(const struct qdisc_kind *kind, struct operation_context *context,
	const struct operation *operation, const struct impairment *impairment, struct err *err)
{
	struct nl_sock *socket;
	struct err reason = {0};

	if (operation_socket(context, operation, &socket, err) < 0)
		return -1;
	if (qdisc_change_at(kind, socket, context, operation, impairment,
		    operation->interface_index, TC_H_ROOT, operation->handle, &reason) < 0)
		return pass_on(operation, &reason, err);
	return 0;
}

/* Is there nothing (any more) that is ours? */
static bool is_gone(const struct err *reason)
{
	return reason->sys == ENODEV || reason->sys == ENOENT;
}

/* The kernel deletes only what has our handle and kind, and echoes the last counters. What still
 * waited in the queue is lost and appears in none of them, hence the look at it before. */
static int delete_root(struct nl_sock *socket, const struct qdisc_kind *kind,
	const struct operation *operation, struct qdisc *ret_qdisc, struct err *err)
{
	cleanup_message struct nl_msg *request = netlink_tc_request(RTM_DELQDISC, NLM_F_ECHO,
		operation->interface_index, TC_H_ROOT, operation->handle, kind->name);
	uint64_t backlog;

	if (request == NULL)
		return no_memory(err);
	if (qdisc_get_root(socket, operation->interface_index, ret_qdisc, err) < 0)
		return -1;
	if (ret_qdisc->handle != operation->handle) {
		*ret_qdisc = (struct qdisc){0};
		return 0;
	}
	backlog = ret_qdisc->backlog_packets;
	if (netlink_exchange(socket, request, read_qdisc, ret_qdisc, err) < 0)
		return -1;
	ret_qdisc->backlog_packets = backlog;
	return 0;
}

/* Where our qdisc is not, the interface need not be ours either (lost). */
static int put_back(struct nl_sock *socket, const struct qdisc_kind *kind,
	const struct operation *operation, struct qdisc *ret_qdisc, bool *ret_lost, struct err *err)
{
	struct err reason = {0};
	bool same = true;

	if (delete_root(socket, kind, operation, ret_qdisc, &reason) < 0 && !is_gone(&reason))
		return pass_on(operation, &reason, err);
	if (ret_qdisc->handle == 0 && link_is_same(socket, operation, &same, err) < 0)
		return -1;
	*ret_lost = !same;
	return same ? link_put_back(socket, operation, err) : 0;
}

int qdisc_undo(const struct qdisc_kind *kind, struct operation_context *context,
	const struct operation *operation, struct evidence *evidence, struct err *err)
{
	struct nl_sock *socket;
	struct qdisc qdisc = {0};
	struct err reason = {0};
	bool lost = false;

	if (evidence != NULL)
		*evidence = (struct evidence){.source = EVIDENCE_QDISC};
	/* Nothing was put there: prepare or apply failed. */
	if (operation->handle == 0)
		return 0;
	if (operation_socket(context, operation, &socket, &reason) < 0)
		return is_gone(&reason) ? 0 : pass_on(operation, &reason, err);
	if (put_back(socket, kind, operation, &qdisc, &lost, err) < 0)
		return -1;
	if (evidence != NULL) {
		kind->read_evidence(operation, &qdisc, evidence);
		evidence->lost = lost;
	}
	return 0;
}

int qdisc_observe(const struct qdisc_kind *kind, struct operation_context *context,
	const struct operation *operation, struct evidence *evidence, struct err *err)
{
	struct nl_sock *socket;
	struct qdisc qdisc;

	if (operation_socket(context, operation, &socket, err) < 0)
		return -1;
	if (qdisc_get_root(socket, operation->interface_index, &qdisc, err) < 0)
		return err_prefix(err, "interface %s", operation->interface);
	if (qdisc.handle != operation->handle)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"somebody removed the queueing discipline of perturb from interface %s",
			operation->interface);
	kind->read_evidence(operation, &qdisc, evidence);
	return 0;
}

void qdisc_describe(const struct qdisc_kind *kind, const struct operation *operation, FILE *out)
{
	fputs("nsenter --net=", out);
	shell_quote(operation->netns_path, out);
	fputs(" tc qdisc add dev ", out);
	shell_quote(operation->interface, out);
	fprintf(out, " root handle %x: ", QDISC_HANDLE >> 16);
	kind->describe(operation, out);
}
