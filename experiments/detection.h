/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detection - when the probe showed that something was wrong.
 *
 * That is the earliest moment after the first injection, in steps of 100 ms, at which the requests
 * that ended in the second before it broke the tolerances (longer for a slow probe: five requests).
 * It goes by when requests ended, not by when they were due: whoever watches can know no earlier.
 * It needs no memory of its own, but the window of what ended lately.
 */
#ifndef EXPERIMENTS_DETECTION_H
#define EXPERIMENTS_DETECTION_H

#include <stdint.h>

#include "experiments/resolved.h"
#include "experiments/window.h"

/* Zero-initialise. */
struct detection {
	int64_t since_ns;  /* 0: it has not begun */
	int64_t next_ns;   /* the next moment to look at */
	int64_t moment_ns; /* 0: nothing was detected so far */
	int64_t window_ns;
	struct resolved tolerances;
};

/* How far back it looks; rate is the probe's, per second. */
int64_t detection_window(double rate);

/* Begins at now, with tolerances that were made already. */
void detection_begin(struct detection *detection, double rate, int64_t now);

/* Looks at every step up to now. The window must hold what ended until then, and no more: call it
 * before what ended at now is added. */
void detection_advance(struct detection *detection, const struct window *window, int64_t now);

#endif
