/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probability - a percentage as netem counts it.
 */
#ifndef FAULTS_PROBABILITY_H
#define FAULTS_PROBABILITY_H

#include <stdint.h>

/* In units of 1/(2^32 - 1), rounded as iproute2 does. */
uint32_t probability(double percent);

#endif
