/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/tally.h"

#include <string.h>

#define NS_PER_MS 1e6

void tally_end(struct tally *tally, enum outcome outcome, int64_t latency_ns)
{
	tally->ended++;
	tally->outcomes[outcome]++;
	if (outcome_answered(outcome))
		histogram_record(&tally->latency, latency_ns);
}

static double latency_ns(const struct histogram *latency, enum metric metric)
{
	switch (metric) {
	case METRIC_MIN:
		return (double)latency->min_ns;
	case METRIC_P50:
		return histogram_percentile(latency, 50);
	case METRIC_P90:
		return histogram_percentile(latency, 90);
	case METRIC_P95:
		return histogram_percentile(latency, 95);
	case METRIC_P99:
		return histogram_percentile(latency, 99);
	case METRIC_P999:
		return histogram_percentile(latency, 99.9);
	case METRIC_MAX:
		return (double)latency->max_ns;
	case METRIC_MEAN:
		return histogram_mean(latency);
	case METRIC_SUCCESS:
	case METRIC_COUNT:
		break;
	}
	return 0;
}

bool tally_observe(const struct tally *tally, enum metric metric, double *ret_observed)
{
	if (metric == METRIC_SUCCESS) {
		if (tally->ended == 0)
			return false;
		*ret_observed = 100.0 * (double)tally->outcomes[OUTCOME_OK] / (double)tally->ended;
		return true;
	}
	if (tally->latency.count == 0)
		return false;
	*ret_observed = latency_ns(&tally->latency, metric) / NS_PER_MS;
	return true;
}

const struct tolerance *tally_breach(
	const struct tally *tally, const struct tolerance *tolerances, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double observed;

		if (!tally_observe(tally, tolerances[i].metric, &observed) ||
			!tolerance_holds(&tolerances[i], observed))
			return &tolerances[i];
	}
	return NULL;
}

bool tally_holds(const struct tally *tally, const struct tolerance *tolerances, size_t count)
{
	return tally->ended > 0 && tally_breach(tally, tolerances, count) == NULL;
}

void tally_clear(struct tally *tally)
{
	tally->due = 0;
	tally->ended = 0;
	memset(tally->outcomes, 0, sizeof(tally->outcomes));
	histogram_clear(&tally->latency);
}

void tally_release(struct tally *tally)
{
	histogram_release(&tally->latency);
}
