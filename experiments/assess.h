/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assess - what a measurement says about a tolerance, and how sure that is.
 *
 * Shares and percentiles are estimates: a tolerance of them holds when the whole interval of 95%
 * (statistics.h) keeps it, and is inconclusive when only the observed figure does. All other
 * figures are facts about the run itself, and so is whatever asks for equality, for 100% of success
 * or for no error at all: no sample could show that of the system behind it.
 */
#ifndef EXPERIMENTS_ASSESS_H
#define EXPERIMENTS_ASSESS_H

#include "experiments/condition.h"
#include "experiments/tally.h"

struct assessment {
	bool has_observed; /* false: no sample to judge by */
	double observed;
	bool held; /* by the observed figure */
	enum judgement judgement;
	uint64_t samples; /* that the figure rests on */
	bool has_interval;
	double low; /* in the metric's unit; NAN: the sample is too small for this end */
	double high;
	/* When inconclusive: how many samples would do if they showed the same. 0: no number would,
	 * or it is not inconclusive. */
	uint64_t needed;
};

struct assessment assess(const struct tolerance *tolerance, const struct tally *tally);

/* The interval of a share or a percentile, NAN where there is no end; false: it has none. */
bool assess_interval(
	const struct tally *tally, enum metric metric, double *ret_low, double *ret_high);

#endif
