/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/doctor.h"
#include "faults/kinds.h"
#include "reports/mem.h"

/* Asks the kind's own plan, for a namespace that does not exist: planning only reads. */
static void show_network_kind(const struct fault_kind *kind, const struct features *features)
{
	struct interface interface = {.name = "eth0", .index = 1, .up = true, .mtu = 1500};
	const struct instance instance = {
		.kind = INSTANCE_NETNS,
		.netns_path = "/proc/self/ns/net",
		.interfaces = &interface,
		.interface_count = 1,
	};
	const struct fault_params params = {
		.network = {.delay_ns = 1000000, .rate_bits = 1000000},
	};
	struct operation_list list = {0};
	struct err err = {0};

	if (kind->plan(kind, &params, &instance, ENGINE_AUTO, features, &list, &err) == 0)
		doctor_line(true, kind->name, "by %s", operation_engine(&list.items[0]));
	else
		doctor_line(false, kind->name, "%s", err.message);
	free(list.items);
}

void doctor_kinds(const struct features *features, const struct protection *policy)
{
	const bool freezer = features->freezer_v1 || features->freezer_v2;

	putchar('\n');
	for (const struct fault_kind *const *kind = fault_kinds; *kind != NULL; kind++) {
		if (protection_check_kind(policy, *kind, NULL) < 0)
			doctor_line(false, (*kind)->name, "not allowed by the policy");
		else if ((*kind)->network || *kind == &fault_dns)
			show_network_kind(*kind, features);
		else if ((*kind)->instant)
			doctor_line(true, (*kind)->name, "by %s", operation_signal.name);
		else if (freezer)
			doctor_line(true, (*kind)->name, "by %s for containers, %s for processes",
				operation_freeze.name, operation_stop.name);
		else
			doctor_line(true, (*kind)->name, "by %s", operation_stop.name);
	}
}
