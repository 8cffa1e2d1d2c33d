/* SPDX-License-Identifier: Apache-2.0 */
/*
 * params_parts - what params.c and params_ramp.c share.
 */
#ifndef EXPERIMENTS_PARAMS_PARTS_H
#define EXPERIMENTS_PARAMS_PARTS_H

#include "experiments/params.h"

/* ERR_USAGE for a name that is in no table, with the nearest one that is. */
int params_unknown(const struct params *params, const char *name, struct err *err);

/* Lets the kind check and normalise the values, for both directions; before is what the user gave
 * before a profile was adopted. */
int params_check(struct params *params, const struct params *before, struct err *err);

/* How the ramp of the leaf of that index is written, "0ms to 400ms over 60s in 20 steps", or NULL
 * if it has none.
 */
const char *params_ramp_text(const struct params *params, size_t index, struct arena *arena);

/* The same check where a ramp may be at nothing. */
int params_check_moving(struct params *params, const struct params *before, struct err *err);

#endif
