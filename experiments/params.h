/* SPDX-License-Identifier: Apache-2.0 */
/*
 * params - the parameters of one fault, from the texts that a user gave, by its kind's table.
 *
 *     params_begin(&params, kind);
 *     params_set(&params, "delay", "200ms", &err);       for each one given
 *     params_finish(&params, arena, &pairs, &count, &err);
 *     params.values is what the kind takes
 */
#ifndef EXPERIMENTS_PARAMS_H
#define EXPERIMENTS_PARAMS_H

#include <stdbool.h>

#include "faults/kind.h"
#include "reports/mem.h"
#include "reports/report.h"

/* Parameters of one kind, those in groups included. */
#define PARAMS_MAX 64

struct params {
	const struct fault_kind *kind;
	struct fault_params values;
	bool given[PARAMS_MAX]; /* in the order of the table, groups unfolded */
};

void params_begin(struct params *params, const struct fault_kind *kind);

/* Reads one parameter; one of a group is named as "latency.delay", and "interface" is one of every
 * network kind. ERR_USAGE, with err->field where it applies, for an unknown name, a second value
 * or one that is malformed or out of its range. */
int params_set(struct params *params, const char *name, const char *text, struct err *err);

/* Is everything there that must be? Fills in the defaults, lists all that has a value in the form
 * that a user would write, then lets the kind check and normalise. */
int params_finish(struct params *params, struct arena *arena, struct report_pair **ret_pairs,
	size_t *ret_count, struct err *err);

#endif
