/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile - what is published of kinds of networks, as impairments.
 */
#ifndef FAULTS_PROFILE_H
#define FAULTS_PROFILE_H

#include <stdio.h>

#include "faults/aim.h"
#include "faults/impairment.h"

struct link {
	double kilobits; /* per second; 0: not limited */
	double delay_ms; /* one way */
	struct gilbert_elliott loss;
};

/* Seen from whom is connected by such a network: up is what leaves it. */
struct profile {
	const char *name;
	const char *source; /* of its figures */
	struct link up;
	struct link down;
};

/* Their names, "none" first: the choices of a field table; and their rows in the same order. */
extern const char *const profile_names[];
extern const struct profile *const profiles[];

/* Writes "768 kbit/s up, 1.6 Mbit/s down, 300 ms (WebPageTest)", with the round trip. */
void profile_describe(const struct profile *profile, FILE *out);

/* What a profile does to packets of a direction; the number is the index into profile_names. */
struct impairment profile_impairment(int number, enum direction direction);

/* The limit of a queue that takes what the line sends in half a second besides what is on its way;
 * 0 if the rate is not limited. */
uint32_t profile_queue_limit(const struct impairment *impairment);

#endif
