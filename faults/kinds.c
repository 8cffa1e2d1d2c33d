/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/kinds.h"

#include <string.h>

#define FAULT_KIND_ROW(name) &fault_##name,
const struct fault_kind *const fault_kinds[] = {FAULT_KINDS(FAULT_KIND_ROW) NULL};

const struct fault_kind *fault_kind_find(const char *name)
{
	for (const struct fault_kind *const *kind = fault_kinds; *kind != NULL; kind++) {
		if (strcmp((*kind)->name, name) == 0)
			return *kind;
	}
	return NULL;
}
