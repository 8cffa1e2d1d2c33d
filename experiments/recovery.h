/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery - when the system was steady again.
 *
 * That is the earliest moment, in steps of 100 ms, from which the tolerances hold both over
 * everything until the end of the phase and over the first second alone (longer for a slow probe:
 * five requests; never more than half of the phase). The second condition keeps a long good end
 * from hiding a bad beginning. A moment less than that second before the end is no recovery yet.
 */
#ifndef EXPERIMENTS_RECOVERY_H
#define EXPERIMENTS_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/tally.h"

struct recovery_sample {
	struct sample sample;
	uint32_t step; /* of the moment it was due */
};

/* The requests of the recovery phase. Zero-initialise and set start_ns. */
struct recovery {
	int64_t start_ns;
	struct recovery_sample *samples;
	size_t count;
};

void recovery_add(struct recovery *recovery, int64_t due_ns, const struct sample *sample);

/* rate is the probe's, per second. False: not recovered. */
bool recovery_find(const struct recovery *recovery, double rate,
	const struct tolerances *tolerances, int64_t *ret_moment_ns);

void recovery_release(struct recovery *recovery);

#endif
