/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netem_text - an impairment in the words of tc-netem(8).
 */
#ifndef FAULTS_NETEM_TEXT_H
#define FAULTS_NETEM_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "faults/impairment.h"

/* Writes "netem limit 1000 delay 100ms …", which tc reads back to exactly the same numbers. */
void netem_describe(const struct impairment *impairment, FILE *out);

/* Writes "10mbit", "1500bit", … exactly. */
void rate_describe(uint64_t bits, FILE *out);

#endif
