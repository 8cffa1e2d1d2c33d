/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_changes - a fault that is not the same all the time: what its ramps and its flapping make
 * of it, and the repetitions of a step.
 */
#ifndef EXPERIMENTS_FAULT_CHANGES_H
#define EXPERIMENTS_FAULT_CHANGES_H

#include "experiments/decode.h"
#include "experiments/experiment.h"
#include "experiments/params.h"

/* Lists what a fault that can change in place comes to, by its parameters and its flapping. */
int fault_list_changes(
	struct arena *arena, const struct params *params, struct fault *fault, struct err *err);

/* Reads "repeat": struct repeat. */
decode_reader repeat_read;

/* Appends the step to the experiment's faults: as often as it repeats, and where it cannot flap in
 * place, once for each time that it is on. */
void faults_append(struct decode *decode, struct experiment *experiment, const struct fault *fault);

#endif
