/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/detection.h"

#include <math.h>

#define STEP_NS	       INT64_C(100000000)
#define NS_PER_S       1e9
#define PROOF_REQUESTS 5

int64_t detection_window(double rate)
{
	return (int64_t)(fmax(1, PROOF_REQUESTS / rate) * NS_PER_S);
}

void detection_begin(struct detection *detection, double rate, int64_t now)
{
	detection->since_ns = now;
	detection->next_ns = now + STEP_NS;
	detection->window_ns = detection_window(rate);
}

static bool breaks(const struct detection *detection, const struct window *window, int64_t moment)
{
	struct tally tally = {.span_ns = detection->window_ns};
	bool broken;

	window_tally(window, moment - detection->window_ns, &tally);
	broken = tally.ended > 0 && !tally_holds(&tally, &detection->tolerances.view);
	tally_release(&tally);
	return broken;
}

void detection_advance(struct detection *detection, const struct window *window, int64_t now)
{
	int64_t last;

	if (detection->since_ns == 0 || detection->moment_ns != 0)
		return;
	/* Where nothing ends for longer than the window, there is nothing to look at. */
	last = now < detection->next_ns + detection->window_ns
		       ? now
		       : detection->next_ns + detection->window_ns;
	for (; detection->next_ns <= last; detection->next_ns += STEP_NS) {
		if (!breaks(detection, window, detection->next_ns))
			continue;
		detection->moment_ns = detection->next_ns;
		return;
	}
	if (detection->next_ns <= now)
		detection->next_ns += ((now - detection->next_ns) / STEP_NS + 1) * STEP_NS;
}
