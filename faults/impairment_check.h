/* SPDX-License-Identifier: Apache-2.0 */
/*
 * impairment_check - could perturb ask for this? All-zero, which is nothing, is as good as any.
 */
#ifndef FAULTS_IMPAIRMENT_CHECK_H
#define FAULTS_IMPAIRMENT_CHECK_H

#include "faults/impairment.h"

/* Nothing out of range, nothing that the engines could not carry out. Returns 0 or -1. */
int impairment_check(const struct impairment *impairment);

#endif
