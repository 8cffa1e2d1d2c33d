/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/doctor.h"
#include "experiments/probes/kind.h"
#include "reports/mem.h"

void doctor_probes(void)
{
	puts("\nprobes:");
	for (const struct probe_kind *const *kind = probe_kinds; *kind != NULL; kind++) {
		struct arena arena = {0};

		if ((*kind)->missing != NULL)
			doctor_line(false, (*kind)->name, "%s", (*kind)->missing);
		else if ((*kind)->library != NULL)
			doctor_line(true, (*kind)->name, "by %s", (*kind)->library(&arena));
		else
			doctor_line(true, (*kind)->name, "nothing else is needed");
		arena_release(&arena);
	}
}
