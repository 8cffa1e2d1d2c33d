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

#include "experiments/schedule.h"
#include "faults/kind.h"
#include "reports/mem.h"
#include "reports/report.h"

/* Parameters of one kind, those in groups included. */
#define PARAMS_MAX 64

/* Parameters of one fault that may move. */
#define PARAMS_RAMPS_MAX 16

/* One that moves from one value to another; both in the unit of its field. */
struct params_ramp {
	size_t leaf; /* which one it is, as in given */
	double from;
	double to;
	struct ramp ramp;
};

struct params {
	const struct fault_kind *kind;
	struct fault_params values;
	bool given[PARAMS_MAX]; /* in the order of the table, groups unfolded */
	struct params_ramp ramps[PARAMS_RAMPS_MAX];
	size_t ramp_count;
	/* as params_finish found them: what the steps of ramps begin with */
	struct fault_params unchecked;
	bool asked[PARAMS_MAX]; /* for by the user, not by a profile */
};

void params_begin(struct params *params, const struct fault_kind *kind);

/* Reads one parameter; one of a group is named as "latency.delay", and "interface" is one of every
 * network kind. ERR_USAGE, with err->field where it applies, for an unknown name, a second value
 * or one that is malformed or out of its range. */
int params_set(struct params *params, const char *name, const char *text, struct err *err);

/* The same for one that moves; values are the first ones then. Only network faults that can change
 * in place have such. A duration or a percentage may begin or end at nothing. *ret_side becomes
 * "from" or "to" when that one is wrong. */
int params_set_ramp(struct params *params, const char *name, const char *from, const char *to,
	const struct ramp *ramp, const char **ret_side, struct err *err);

/* Is everything there that must be? Fills in the defaults, lists all that has a value in the form
 * that a user would write, then lets the kind check and normalise. */
int params_finish(struct params *params, struct arena *arena, struct report_pair **ret_pairs,
	size_t *ret_count, struct err *err);

/* What is done to packets at an offset, after params_finish: in both directions, and as text in the
 * arena, such as "delay=40ms". */
int params_at(const struct params *params, int64_t offset_ns, struct arena *arena,
	struct impairment *ret_network, struct impairment *ret_ingress, const char **ret_text,
	struct err *err);

#endif
