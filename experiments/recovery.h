/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery - when the system was steady again.
 *
 * That is the earliest moment, in steps of 100 ms (longer ones when the phase is longer than a
 * minute), from which the tolerances hold both over everything until the end of the phase and over
 * the first second alone (longer for a slow probe: five requests; never more than half of the
 * phase). The second condition keeps a long good end from hiding a bad beginning. A moment less
 * than that second before the end is no recovery yet.
 */
#ifndef EXPERIMENTS_RECOVERY_H
#define EXPERIMENTS_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/probes/answer.h"
#include "experiments/tally.h"

#define RECOVERY_STEPS_MAX 600

/* The requests of the recovery phase, by the step in which they were due. */
struct recovery {
	int64_t start_ns; /* 0: it has not begun */
	int64_t step_ns;
	struct tally *steps; /* NULL until the first request */
	size_t step_count;   /* up to the last one with a request */
};

/* For a phase of that length; what comes after it counts in the last step. */
void recovery_init(struct recovery *recovery, int64_t length_ns);

void recovery_add(struct recovery *recovery, const struct probe_answer *answer, int64_t latency_ns);

/* rate is the probe's, per second; infinite for a closed loop. False: not recovered. */
bool recovery_find(const struct recovery *recovery, double rate,
	const struct tolerances *tolerances, int64_t *ret_moment_ns);

void recovery_release(struct recovery *recovery);

#endif
