/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolved - the tolerances of a probe in one phase, with every limit an absolute number.
 */
#ifndef EXPERIMENTS_RESOLVED_H
#define EXPERIMENTS_RESOLVED_H

#include "experiments/condition.h"
#include "experiments/tally.h"

/* Must not move: the view points into it. */
struct resolved {
	struct tolerances view;
	struct tolerance items[CONDITION_LEAVES_MAX];
};

/* baseline is what limits relative to the baseline are taken from. In the baseline phase itself
 * they are skipped: it is always as good as itself. */
void resolved_make(struct resolved *resolved, const struct tolerances *tolerances, enum phase phase,
	const struct tally *baseline);

/* The same for one tolerance. */
struct tolerance resolved_one(
	const struct tolerance *tolerance, enum phase phase, const struct tally *baseline);

#endif
