/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qdisc - the root queueing discipline of an interface, by netlink.
 */
#ifndef FAULTS_QDISC_H
#define FAULTS_QDISC_H

#include <stdint.h>
#include <stdio.h>

#include "faults/operation.h"
#include "reports/err.h"
#include "reports/evidence.h"

/* Ours, as tc prints it: "7065:" ("pe"). One that a user makes without naming a handle gets one
 * above 8000:, and what the kernel puts there by itself has handle 0. */
#define QDISC_HANDLE 0x70650000U

/* Below our root that segments: its class, and what is there. */
#define QDISC_SEGMENT_CLASS  0x70650001U
#define QDISC_SEGMENT_HANDLE 0x70660000U

#define QDISC_KIND_MAX 16

struct qdisc {
	uint32_t handle;	   /* 0: the kernel's own default, which comes back by itself */
	char kind[QDISC_KIND_MAX]; /* "" if there is none (the interface is down) */
	uint64_t packets;	   /* sent */
	uint64_t bytes;
	uint64_t drops; /* for whatever reason */
	uint64_t backlog_packets;
};

struct nl_sock;

/* The options of a qdisc, as the kernel takes them in TCA_OPTIONS. */
struct nl_msg;
typedef int qdisc_options_writer(struct nl_msg *message, const struct operation_context *context,
	const struct operation *operation);

/* What two kinds of queueing discipline differ in. */
struct qdisc_kind {
	const char *name;
	qdisc_options_writer *write_options; /* -1 when the message is full */
	void (*read_evidence)(const struct operation *operation, const struct qdisc *qdisc,
		struct evidence *ret_evidence);
	/* "netem delay 100ms", as tc(8) takes it. */
	void (*describe)(const struct operation *operation, FILE *out);
};

extern const struct qdisc_kind qdisc_netem; /* netem.c */
extern const struct qdisc_kind qdisc_tbf;   /* tbf.c */

/* segment.c: cuts to size what passes to the qdisc below, and has no evidence of its own. */
extern const struct qdisc_kind qdisc_segmenter;

/* The root qdisc. ENODEV in sys when the interface is gone. */
int qdisc_get_root(
	struct nl_sock *socket, uint32_t interface_index, struct qdisc *ret_qdisc, struct err *err);
/* The one below a class, or the root for TC_H_ROOT; ENOENT in sys when there is no such class. */
int qdisc_get(struct nl_sock *socket, uint32_t interface_index, uint32_t parent,
	struct qdisc *ret_qdisc, struct err *err);

/* Puts one of that kind there, unless somebody else has. NETLINK_UNANSWERED as netlink_exchange. */
int qdisc_add(const struct qdisc_kind *kind, struct nl_sock *socket,
	const struct operation_context *context, const struct operation *operation,
	uint32_t interface_index, uint32_t parent, uint32_t handle, struct err *err);

/* Refuses an interface that has that root qdisc already; harm is what would come of it: "perturb
 * would lose". */
int qdisc_refuse_configured(const struct operation *operation, const struct qdisc *qdisc,
	const char *harm, struct err *err);

/* Changes the options of ours, in place: what it holds, and its counters, stay. */
int qdisc_change_at(const struct qdisc_kind *kind, struct nl_sock *socket,
	const struct operation_context *context, const struct operation *operation,
	const struct impairment *impairment, uint32_t interface_index, uint32_t parent,
	uint32_t handle, struct err *err);

/* The operation_ops of netem and tbf are these, for their kind. */
int qdisc_prepare(const struct qdisc_kind *kind, struct operation_context *context,
	struct operation *operation, struct err *err);
int qdisc_apply(const struct qdisc_kind *kind, struct operation_context *context,
	struct operation *operation, struct err *err);
int qdisc_change(const struct qdisc_kind *kind, struct operation_context *context,
	const struct operation *operation, const struct impairment *impairment, struct err *err);
int qdisc_undo(const struct qdisc_kind *kind, struct operation_context *context,
	const struct operation *operation, struct evidence *evidence, struct err *err);
int qdisc_observe(const struct qdisc_kind *kind, struct operation_context *context,
	const struct operation *operation, struct evidence *evidence, struct err *err);

/* "nsenter --net=PATH tc qdisc add dev eth0 root handle 7065: netem …", quoted for a shell. */
void qdisc_describe(const struct qdisc_kind *kind, const struct operation *operation, FILE *out);

#endif
