/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detection - when the probe showed that something was wrong.
 *
 * That is the earliest moment after the first injection, in steps of 100 ms, at which the requests
 * that ended in the second before it broke the tolerances (longer for a slow probe: five requests;
 * then the steps are a fiftieth of that if that is more).
 * It goes by when requests ended, not by when they were due: whoever watches can know no earlier.
 */
#ifndef EXPERIMENTS_DETECTION_H
#define EXPERIMENTS_DETECTION_H

#include <stdint.h>

#include "experiments/resolved.h"
#include "experiments/window.h"

struct detection {
	struct window window;
	int64_t length_ns; /* how far back it looks */
	int64_t since_ns;  /* 0: it has not begun */
	int64_t next_ns;   /* the next moment to look at: the end of a slice */
	int64_t moment_ns; /* 0: nothing was detected so far */
	struct resolved tolerances;
};

/* rate is the probe's, per second; infinite for a closed loop. */
void detection_init(struct detection *detection, double rate);
void detection_release(struct detection *detection);

/* Begins at now, with tolerances that were made already. */
void detection_begin(struct detection *detection, int64_t now);

/* Looks at every step up to now. */
void detection_advance(struct detection *detection, int64_t now);
/* Adds a request that just ended, and looks at what was before it. */
void detection_add(
	struct detection *detection, const struct probe_answer *answer, int64_t latency_ns);

#endif
