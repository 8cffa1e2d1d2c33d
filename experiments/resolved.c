/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/resolved.h"

#include <math.h>

struct tolerance resolved_one(
	const struct tolerance *tolerance, enum phase phase, const struct tally *baseline)
{
	struct tolerance one = *tolerance;
	double reference = NAN;

	if (one.reference == REFERENCE_STORED) {
		tolerance_resolve(&one, one.stored[phase]);
	} else if (one.reference == REFERENCE_BASELINE) {
		one.skipped = phase == PHASE_BASELINE;
		if (!tally_observe(baseline, one.metric, &reference))
			reference = NAN;
		tolerance_resolve(&one, reference);
	}
	return one;
}

void resolved_make(struct resolved *resolved, const struct tolerances *tolerances, enum phase phase,
	const struct tally *baseline)
{
	resolved->view = (struct tolerances){resolved->items, tolerances->count, tolerances->root};
	for (size_t i = 0; i < tolerances->count; i++)
		resolved->items[i] = resolved_one(&tolerances->items[i], phase, baseline);
}
