/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/assess.h"

#include <math.h>

#include "experiments/statistics.h"

#define NS_PER_MS 1e6

static uint64_t hits_of(const struct tally *tally, enum metric metric)
{
	return metric == METRIC_SUCCESS ? tally->outcomes[OUTCOME_OK]
					: tally_errors(tally, metric_outcome(metric));
}

static double value_at(const struct tally *tally, uint64_t rank)
{
	return rank == 0 ? NAN : histogram_at_rank(&tally->latency, rank) / NS_PER_MS;
}

bool assess_interval(
	const struct tally *tally, enum metric metric, double *ret_low, double *ret_high)
{
	struct share_interval share;
	struct rank_interval ranks;

	if (metric_is_share(metric) && tally->ended > 0) {
		share = statistics_share((double)hits_of(tally, metric), (double)tally->ended);
		*ret_low = share.low * 100;
		*ret_high = share.high * 100;
		return true;
	}
	if (!metric_is_percentile(metric) || tally->latency.count == 0)
		return false;
	ranks = statistics_ranks(metric_percent(metric) / 100, tally->latency.count);
	*ret_low = value_at(tally, ranks.low);
	*ret_high = value_at(tally, ranks.high);
	return true;
}

/* Is it about this run only? */
static bool is_fact(const struct tolerance *tolerance)
{
	if (!tolerance_wants_high(tolerance) && !tolerance_wants_low(tolerance))
		return true;
	return metric_is_share(tolerance->metric) &&
	       (tolerance_wants_high(tolerance) ? tolerance->limit >= 100 : tolerance->limit <= 0);
}

/* Of the answered requests, the part that is on the low side of the limit. */
static double share_below(const struct tolerance *tolerance, const struct tally *tally)
{
	double limit_ns = tolerance->limit * NS_PER_MS;
	/* A value that is the limit itself is on the low side if that is the good side and it keeps
	 * the tolerance, or if it is the bad one and it does not. */
	bool inclusive =
		tolerance_holds(tolerance, tolerance->limit) == tolerance_wants_low(tolerance);

	return (double)histogram_count_below(&tally->latency, limit_ns, inclusive) /
	       (double)tally->latency.count;
}

static uint64_t needed(const struct tolerance *tolerance, const struct tally *tally)
{
	bool above = tolerance_wants_high(tolerance);
	uint64_t count = metric_is_share(tolerance->metric) ? tally->ended : tally->latency.count;
	uint64_t result;

	if (metric_is_share(tolerance->metric))
		result = statistics_share_needed(
			(double)hits_of(tally, tolerance->metric) / (double)tally->ended,
			tolerance->limit / 100, above);
	else
		result = statistics_quantile_needed(metric_percent(tolerance->metric) / 100,
			share_below(tolerance, tally), above);
	return result != 0 && result <= count ? count + 1 : result;
}

struct assessment assess(const struct tolerance *tolerance, const struct tally *tally)
{
	const enum metric metric = tolerance->metric;
	struct assessment result = {.judgement = JUDGEMENT_BROKEN, .low = NAN, .high = NAN};

	result.has_observed = tally_observe(tally, metric, &result.observed);
	result.samples = tally_samples(tally, metric);
	result.has_interval = assess_interval(tally, metric, &result.low, &result.high);
	result.held = result.has_observed && tolerance_holds(tolerance, result.observed);
	if (!result.held)
		return result;
	result.judgement = JUDGEMENT_HELD;
	if (!result.has_interval || is_fact(tolerance) ||
		tolerance_holds(
			tolerance, tolerance_wants_high(tolerance) ? result.low : result.high))
		return result;
	result.judgement = JUDGEMENT_INCONCLUSIVE;
	result.needed = needed(tolerance, tally);
	return result;
}
