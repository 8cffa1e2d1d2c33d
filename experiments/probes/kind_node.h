/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kind_node - reads the value of a probe's kind by the kind's table of keys.
 */
#ifndef EXPERIMENTS_PROBES_KIND_NODE_H
#define EXPERIMENTS_PROBES_KIND_NODE_H

#include "experiments/probes/kind.h"

#define PROBE_TIMEOUT_DEFAULT_NS INT64_C(1000000000)
#define PROBE_TIMEOUT_MAX_NS	 INT64_C(600000000000)

/* The settings, in the arena; what is wrong is in decode's errors. */
const struct probe_settings *probe_kind_read(struct decode *decode, const struct node *node,
	const char *name, const struct probe_kind *kind);

#endif
