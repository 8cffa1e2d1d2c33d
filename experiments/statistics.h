/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statistics - how far a figure of a sample can be trusted, at a confidence of 95%, two-sided.
 *
 * All of it takes the requests of a phase as independent of each other, as the usual formulas do.
 * Requests that follow each other closely are not quite: read the intervals as the least doubt
 * that there is.
 */
#ifndef EXPERIMENTS_STATISTICS_H
#define EXPERIMENTS_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

/* No sample size above this is ever asked for. */
#define STATISTICS_SAMPLES_MAX UINT64_C(100000000)

/* From low to high; of ranks, 0 means that there is no such end. */
struct share_interval {
	double low; /* 0 to 1 */
	double high;
};
struct rank_interval {
	uint64_t low; /* from 1 on, in ascending order of the samples */
	uint64_t high;
};

/* The interval of a proportion of which hits in count were seen; 0 to 1 without a sample.
 * E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of
 * the American Statistical Association 22 (1927), 209-212; recommended for small samples and for
 * proportions near 0 and 1 by L. D. Brown, T. T. Cai and A. DasGupta, "Interval Estimation for a
 * Binomial Proportion", Statistical Science 16 (2001), 101-133. */
struct share_interval statistics_share(double hits, double count);

/* Which samples, counted from the smallest, enclose the quantile (0 to 1) of what the count samples
 * were drawn from, whatever its distribution: the number of samples below the quantile is binomial.
 * H. A. David and H. N. Nagaraja, "Order Statistics", 3rd edition (2003), section 7.1. Computed
 * from exact binomial probabilities for every count. */
struct rank_interval statistics_ranks(double quantile, uint64_t count);

/* The smallest number of samples whose interval lies on the right side of limit, if they show the
 * share again that was seen: its low end at or above limit, or (above false) its high end at or
 * below. 0: no number does. */
uint64_t statistics_share_needed(double share, double limit, bool above);

/* The same for a quantile: share is the part of the samples that is on the low side of the limit.
 * above: the limit is a lower one. */
uint64_t statistics_quantile_needed(double quantile, double share, bool above);

#endif
