/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_tables - the files with distributions that a fault names.
 */
#ifndef EXPERIMENTS_FAULT_TABLES_H
#define EXPERIMENTS_FAULT_TABLES_H

#include "experiments/decode.h"
#include "experiments/experiment.h"

/* Reads what the parameters name, makes the tables the experiment's, and puts their numbers into
 * the parameters. node is where the fault is written. */
void fault_tables_read(struct decode *decode, const struct node *node,
	const struct fault_kind *kind, struct experiment *experiment, struct fault_params *params);

#endif
