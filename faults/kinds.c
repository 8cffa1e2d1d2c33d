/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/kinds.h"

#include <string.h>

#include "faults/network.h"

#define FAULT_KIND_ROW(name) &fault_##name,
const struct fault_kind *const fault_kinds[] = {FAULT_KINDS(FAULT_KIND_ROW) NULL};

const struct impairment *fault_params_impairment(
	const struct fault_params *params, enum direction direction)
{
	if (direction == DIRECTION_INGRESS && params->profile != 0)
		return &params->ingress_network;
	return &params->network;
}

const struct fault_kind *fault_kind_find(const char *name)
{
	for (const struct fault_kind *const *kind = fault_kinds; *kind != NULL; kind++) {
		if (strcmp((*kind)->name, name) == 0)
			return *kind;
	}
	return NULL;
}

bool fault_kind_is_queue(const struct fault_kind *kind)
{
	return kind->plan == network_plan;
}
