/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "experiments/probes/kind.h"

extern const struct probe_kind probe_http;
extern const struct probe_kind probe_container;
extern const struct probe_kind probe_dns;
extern const struct probe_kind probe_exec;
extern const struct probe_kind probe_file;
extern const struct probe_kind probe_grpc;
extern const struct probe_kind probe_log;
extern const struct probe_kind probe_postgres;
extern const struct probe_kind probe_prometheus;
extern const struct probe_kind probe_redis;
extern const struct probe_kind probe_tcp;
extern const struct probe_kind probe_udp;

const struct probe_kind *const probe_kinds[] = {
	&probe_http,
	&probe_container,
	&probe_dns,
	&probe_exec,
	&probe_file,
	&probe_grpc,
	&probe_log,
	&probe_postgres,
	&probe_prometheus,
	&probe_redis,
	&probe_tcp,
	&probe_udp,
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
