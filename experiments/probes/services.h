/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services - what all probes of a run share.
 */
#ifndef EXPERIMENTS_PROBES_SERVICES_H
#define EXPERIMENTS_PROBES_SERVICES_H

#include "experiments/loop.h"
#include "reports/err.h"

struct http_client;
struct resolve;

struct probe_services {
	struct loop *loop;
	struct http_client *http; /* libcurl's connections */
	struct resolve *resolve;  /* for those that libcurl does not serve */
};

/* Borrows loop. The process should ignore SIGPIPE: a TLS library may write to a broken pipe. */
int probe_services_begin(struct probe_services *services, struct loop *loop, struct err *err);
/* All probers must be freed before. Also of a zeroed one, or one whose begin failed. */
void probe_services_end(struct probe_services *services);

#endif
