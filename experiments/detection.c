/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/detection.h"

#include <math.h>

#define STEP_NS	       INT64_C(100000000)
#define STEPS_MAX      50
#define NS_PER_S       1e9
#define PROOF_REQUESTS 5

void detection_init(struct detection *detection, double rate)
{
	const int64_t length_ns = (int64_t)(fmax(1, PROOF_REQUESTS / rate) * NS_PER_S);
	const int64_t step_ns = length_ns > STEPS_MAX * STEP_NS ? length_ns / STEPS_MAX : STEP_NS;

	/* Whole steps. */
	detection->length_ns = (length_ns + step_ns - 1) / step_ns * step_ns;
	window_init(&detection->window, step_ns, detection->length_ns, false);
}

void detection_release(struct detection *detection)
{
	window_release(&detection->window);
}

void detection_begin(struct detection *detection, int64_t now)
{
	detection->since_ns = now;
	detection->next_ns = (now / detection->window.slice_ns + 1) * detection->window.slice_ns;
}

static bool breaks(const struct detection *detection, int64_t moment)
{
	struct tally tally = {.span_ns = detection->length_ns};
	bool broken;

	window_tally(&detection->window, moment - detection->length_ns, &tally);
	broken = tally.ended > 0 && !tally_holds(&tally, &detection->tolerances.view);
	tally_release(&tally);
	return broken;
}

void detection_advance(struct detection *detection, int64_t now)
{
	const int64_t step_ns = detection->window.slice_ns;
	int64_t last;

	if (detection->since_ns == 0 || detection->moment_ns != 0)
		return;
	/* Where nothing ends for longer than the window, there is nothing to look at. */
	last = now < detection->next_ns + detection->length_ns
		       ? now
		       : detection->next_ns + detection->length_ns;
	for (; detection->next_ns <= last; detection->next_ns += step_ns) {
		if (!breaks(detection, detection->next_ns))
			continue;
		detection->moment_ns = detection->next_ns;
		return;
	}
	if (detection->next_ns <= now)
		detection->next_ns = (now / step_ns + 1) * step_ns;
}

void detection_add(
	struct detection *detection, const struct probe_answer *answer, int64_t latency_ns)
{
	if (detection->moment_ns != 0)
		return;
	detection_advance(detection, answer->ended_ns);
	window_add(&detection->window, answer, latency_ns);
}
