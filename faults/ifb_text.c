/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/ifb_text.h"

#include <stdlib.h>

#include "faults/redirect_operation.h"
#include "faults/shell.h"

/* Before it has one of its own. */
#define ANY_NAME "pfb0"

static const char *name_of(const struct operation *operation)
{
	return operation->tap[0] != '\0' ? operation->tap : ANY_NAME;
}

static void begin(const struct operation *operation, const char *join, FILE *out)
{
	fprintf(out, "%snsenter --net=", join);
	shell_quote(operation->netns_path, out);
}

static void describe_qdiscs(
	const struct qdisc_kind *kind, const struct operation *operation, FILE *out)
{
	const char *name = name_of(operation);

	begin(operation, " && ", out);
	fprintf(out, " tc qdisc add dev %s root handle %x: ", name, QDISC_HANDLE >> 16);
	if (operation->segment) {
		qdisc_segmenter.describe(operation, out);
		begin(operation, " && ", out);
		fprintf(out, " tc qdisc add dev %s parent %x:%x handle %x: ", name,
			QDISC_SEGMENT_CLASS >> 16, QDISC_SEGMENT_CLASS & 0xffffU,
			QDISC_SEGMENT_HANDLE >> 16);
	}
	kind->describe(operation, out);
}

static void describe_filter(const struct operation *operation, FILE *out)
{
	struct aim_filter *filter = malloc(sizeof(*filter));
	struct err ignored;

	begin(operation, " && ", out);
	fputs(" tc filter add dev ", out);
	shell_quote(operation->interface, out);
	fprintf(out, " %s prio %u protocol all bpf bytecode '",
		operation->direction == DIRECTION_INGRESS ? "ingress" : "egress",
		operation->filter_priority == 0 ? 1 : operation->filter_priority);
	if (filter != NULL &&
		redirect_filter_make(operation, redirect_guard(operation), filter, &ignored) == 0)
		aim_filter_print(filter, out);
	fprintf(out, "' action mirred egress redirect dev %s", name_of(operation));
	free(filter);
}

void ifb_describe(const struct qdisc_kind *kind, const struct operation *operation, FILE *out)
{
	begin(operation, "", out);
	fprintf(out, " ip link add %s mtu 1279 up type ifb", name_of(operation));
	describe_qdiscs(kind, operation, out);
	begin(operation, " && ", out);
	fputs(" tc qdisc add dev ", out);
	shell_quote(operation->interface, out);
	fputs(" clsact", out);
	describe_filter(operation, out);
}
