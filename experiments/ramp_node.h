/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ramp_node - a parameter that moves: { from: 0ms, to: 400ms, over: 60s, steps: 20 }.
 */
#ifndef EXPERIMENTS_RAMP_NODE_H
#define EXPERIMENTS_RAMP_NODE_H

#include "experiments/decode.h"
#include "experiments/params.h"

/* Reads the mapping into params; name is the parameter's, dotted if it is in a group. duration_ns
 * is how long the fault lasts, and the ramp takes if it does not say. False after an error. */
bool ramp_node_read(struct decode *decode, const struct node *node, const char *name,
	int64_t duration_ns, struct params *params);

#endif
