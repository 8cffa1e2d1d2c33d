/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest - of the names that would have been right, the one that a wrong name is closest to.
 *
 *     struct nearest nearest = nearest_begin("delya", 5);
 *     nearest_offer(&nearest, "delay");
 *     nearest_offer(&nearest, "jitter");
 *     nearest.best is "delay"
 */
#ifndef EXPERIMENTS_NEAREST_H
#define EXPERIMENTS_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *name; /* borrowed, not terminated */
	size_t length;
	const char *best; /* the nearest so far, borrowed; NULL: none is near enough to be meant */
	size_t distance;  /* of best; before there is one, the first distance that is too far */
};

struct nearest nearest_begin(const char *name, size_t length);
void nearest_offer(struct nearest *nearest, const char *candidate);

#endif
