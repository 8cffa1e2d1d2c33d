/* SPDX-License-Identifier: Apache-2.0 */
/*
 * condition_units - conditions of numbers that have a unit: "<= 64KiB", "< 1m".
 */
#ifndef EXPERIMENTS_PROBES_CONDITION_UNITS_H
#define EXPERIMENTS_PROBES_CONDITION_UNITS_H

#include "experiments/probes/condition.h"

/* A condition or a list of two, into a struct conditions: in bytes, and in seconds. */
decode_reader conditions_read_size;
decode_reader conditions_read_duration;

#endif
