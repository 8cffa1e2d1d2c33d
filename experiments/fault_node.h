/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_node - the value of a fault's key in a step: its target and its parameters.
 */
#ifndef EXPERIMENTS_FAULT_NODE_H
#define EXPERIMENTS_FAULT_NODE_H

#include "experiments/decode.h"
#include "experiments/experiment.h"

/* Reads target, params and parameters of a fault whose kind is known, and the tables that it names,
 * which become the experiment's. A scalar is the name of the
 * target. */
void fault_read(struct decode *decode, const struct node *node, struct experiment *experiment,
	struct fault *fault);

#endif
