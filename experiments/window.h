/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window - the requests that ended lately, for guards and live progress.
 *
 * They are counted in a ring of slices of time, so that memory does not grow with the rate. What is
 * asked for is answered from whole slices: a window is shorter than asked for by up to one slice.
 */
#ifndef EXPERIMENTS_WINDOW_H
#define EXPERIMENTS_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/probes/answer.h"
#include "experiments/tally.h"

#define WINDOW_SLICES_MAX 100 /* that window_slice_ns cuts a window into */

struct window_slice {
	int64_t number; /* of slices since the clock's zero */
	struct tally tally;
};

struct window {
	int64_t slice_ns;
	bool severe;
	struct window_slice *slices; /* a ring: by number, modulo their count */
	size_t count;
};

/* The slices of a window that must look back for keep_ns: at most a fiftieth of it, at least a
 * hundredth; a power of two of 2 ms, so that windows of similar lengths can be one. */
int64_t window_slice_ns(int64_t keep_ns);

/* severe: a request that timed out counts as an answer as late as that, so that a system which
 * answers nothing in time cannot pass for a fast one. */
void window_init(struct window *window, int64_t slice_ns, int64_t keep_ns, bool severe);

/* Adds a request that just ended. */
void window_add(struct window *window, const struct probe_answer *answer, int64_t latency_ns);

/* Adds the slices that began at from_ns or later to the tally. */
void window_tally(const struct window *window, int64_t from_ns, struct tally *tally);

void window_release(struct window *window);

#endif
