/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/statistics.h"

#include <math.h>

#define Z	   1.959963984540054 /* the 97.5% quantile of the normal distribution */
#define TAIL	   0.025
#define DEVIATIONS 12 /* less than 1e-30 of a binomial distribution is farther from its mean */
#define SLACK	   1e-9

struct share_interval statistics_share(double hits, double count)
{
	struct share_interval interval = {0, 1};
	double share, center, half, scale;

	if (count <= 0)
		return interval;
	share = hits / count;
	scale = 1 + Z * Z / count;
	center = (share + Z * Z / (2 * count)) / scale;
	half = Z / scale * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count));
	/* At the ends the formula gives exactly 0 and 1, less what rounding makes of them. */
	if (hits > 0)
		interval.low = fmax(0, center - half);
	if (hits < count)
		interval.high = fmin(1, center + half);
	return interval;
}

static double binomial_log(double count, double hits, double probability)
{
	int sign;

	return lgamma_r(count + 1, &sign) - lgamma_r(hits + 1, &sign) -
	       lgamma_r(count - hits + 1, &sign) + hits * log(probability) +
	       (count - hits) * log1p(-probability);
}

/* The smallest number of hits that is exceeded with a probability of less than 1 - level. */
static uint64_t binomial_quantile(double count, double probability, double level)
{
	double mean = count * probability;
	double deviation = sqrt(mean * (1 - probability));
	double hits = fmax(0, floor(mean - DEVIATIONS * (deviation + 1)));
	double mass = exp(binomial_log(count, hits, probability));
	double odds = probability / (1 - probability);
	double sum = mass;

	while (sum <= level && hits < count) {
		mass *= (count - hits) / (hits + 1) * odds;
		hits++;
		sum += mass;
	}
	return (uint64_t)hits;
}

/* The sample of rank r is below the quantile when at least r samples are: so the low end may be as
 * high as P(hits < r) <= 2.5% allows, and the high end as low as P(hits >= r) <= 2.5% does. */
struct rank_interval statistics_ranks(double quantile, uint64_t count)
{
	struct rank_interval ranks = {0, 0};

	if (count == 0)
		return ranks;
	ranks.low = binomial_quantile((double)count, quantile, TAIL);
	ranks.high = binomial_quantile((double)count, quantile, 1 - TAIL) + 1;
	if (ranks.high > count)
		ranks.high = 0;
	return ranks;
}

/* What the searches below ask of a sample size. */
struct question {
	double quantile; /* negative: it is about the share itself */
	double share;
	double limit;
	bool above;
};

static bool suffices(const struct question *question, uint64_t count)
{
	double hits = question->share * (double)count;
	struct rank_interval ranks;
	struct share_interval interval;

	if (question->quantile < 0) {
		interval = statistics_share(hits, (double)count);
		return question->above ? interval.low >= question->limit
				       : interval.high <= question->limit;
	}
	ranks = statistics_ranks(question->quantile, count);
	if (question->above)
		return ranks.low != 0 && ceil(hits - SLACK) < (double)ranks.low;
	return ranks.high != 0 && floor(hits + SLACK) >= (double)ranks.high;
}

static uint64_t smallest(const struct question *question)
{
	uint64_t low = 0; /* does not suffice */
	uint64_t high = 1;

	while (!suffices(question, high)) {
		if (high >= STATISTICS_SAMPLES_MAX)
			return 0;
		low = high;
		high *= 2;
	}
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (suffices(question, middle))
			high = middle;
		else
			low = middle;
	}
	return high;
}

uint64_t statistics_share_needed(double share, double limit, bool above)
{
	const struct question question = {
		.quantile = -1, .share = share, .limit = limit, .above = above};

	/* Without a distance the search would only end at its limit. */
	if (above ? share <= limit : share >= limit)
		return 0;
	return smallest(&question);
}

uint64_t statistics_quantile_needed(double quantile, double share, bool above)
{
	const struct question question = {.quantile = quantile, .share = share, .above = above};

	if (above ? share >= quantile : share <= quantile)
		return 0;
	return smallest(&question);
}
