/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window - the requests that ended lately, for guards and live progress.
 */
#ifndef EXPERIMENTS_WINDOW_H
#define EXPERIMENTS_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "experiments/tally.h"

struct window_item {
	int64_t ended_ns;
	struct sample sample;
};

/* A ring. Zero-initialise and set keep_ns. */
struct window {
	int64_t keep_ns;
	struct window_item *items;
	size_t capacity; /* a power of two, or 0 */
	size_t first;
	size_t count;
};

/* Adds a request that just ended and lets go of those that are older than keep_ns. */
void window_add(struct window *window, int64_t ended_ns, const struct sample *sample);

/* Adds those that ended after from_ns to the tally. */
void window_tally(const struct window *window, int64_t from_ns, struct tally *tally);

/* As window_tally; a request that timed out counts as an answer as late as that, so that a system
 * which answers nothing in time cannot pass for a fast one. */
void window_tally_severely(const struct window *window, int64_t from_ns, struct tally *tally);

void window_release(struct window *window);

#endif
