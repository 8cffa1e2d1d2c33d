/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "experiments/probes/kind.h"

extern const struct probe_kind probe_grpc;
extern const struct probe_kind probe_http;
extern const struct probe_kind probe_prometheus;

const struct probe_kind *const probe_kinds[] = {
	&probe_http,
	&probe_grpc,
	&probe_prometheus,
	NULL,
};

const struct probe_kind *probe_kind_find(const char *name)
{
	for (const struct probe_kind *const *kind = probe_kinds; *kind != NULL; kind++) {
		if (strcmp((*kind)->name, name) == 0)
			return *kind;
	}
	return NULL;
}
