/* SPDX-License-Identifier: Apache-2.0 */
/*
 * params - the parameters of a fault kind, read by its field table.
 */
#ifndef EXPERIMENTS_PARAMS_H
#define EXPERIMENTS_PARAMS_H

#include "experiments/reader.h"
#include "faults/kind.h"

/* Reads one value as its field's type into params. */
int params_set(
	const struct field *field, const char *text, struct fault_params *params, struct err *err);

/* Reads a step's mapping by the kind's table; keys in others are not the table's. What was given,
 * and the defaults, go into fault->parameters. */
void params_read(struct reader *reader, const struct node *mapping, const char *const *others,
	struct fault *fault);

#endif
