/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule - when a fault that is not the same all the time changes: in the steps of its ramps, and
 * where it is switched off and on again. Pure.
 */
#ifndef EXPERIMENTS_SCHEDULE_H
#define EXPERIMENTS_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reports/err.h"
#include "reports/mem.h"

/* The most changes that one fault may have; a year of them would be a slip of the pen. */
#define SCHEDULE_CHANGES_MAX 10000

/* From the first value to the last in steps of equal length. */
struct ramp {
	int64_t over_ns;
	uint32_t steps;
};

/* In force for on_ns, not for off_ns, and so on; both zero: all the time. */
struct flap {
	int64_t on_ns;
	int64_t off_ns;
};

struct schedule_change {
	int64_t offset_ns; /* since the fault began */
	bool off;	   /* not in force from now on */
};

/* How much of its way a ramp has made at an offset: 0 to 1. */
double ramp_progress(const struct ramp *ramp, int64_t offset_ns);

/* Is the fault switched off at an offset? */
bool flap_is_off(const struct flap *flap, int64_t offset_ns);

/* All changes between the beginning and the end, in their order; in the arena. What a ramp does
 * while the fault is off is not listed. ERR_USAGE when they are too many. */
int schedule_make(int64_t duration_ns, const struct flap *flap, const struct ramp *ramps,
	size_t ramp_count, struct arena *arena, struct schedule_change **ret_changes,
	size_t *ret_count, struct err *err);

#endif
