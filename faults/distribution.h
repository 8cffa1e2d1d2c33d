/* SPDX-License-Identifier: Apache-2.0 */
/*
 * distribution - the shapes that jitter can have, as tables of deviates.
 *
 * The tables are those that iproute2 ships for tc-netem(8): table[i] is the deviate, in units of
 * 1/DISTRIBUTION_SCALE standard deviations, below which (i + 1/8) of DISTRIBUTION_SIZE samples
 * lie. A random index therefore gives a delay of
 * delay + jitter * table[index] / DISTRIBUTION_SCALE.
 */
#ifndef FAULTS_DISTRIBUTION_H
#define FAULTS_DISTRIBUTION_H

#include <stdint.h>

#include "faults/impairment.h"

#define DISTRIBUTION_SIZE  4096
#define DISTRIBUTION_SCALE 8192

/* The choices of a field table, in the order of enum distribution; NULL-terminated. */
extern const char *const distribution_names[];

/* Fills the table of a distribution other than uniform, which needs none (it is left untouched).
 * Takes about 0.1 ms and no memory. */
void distribution_fill(enum distribution distribution, int16_t table[DISTRIBUTION_SIZE]);

#endif
