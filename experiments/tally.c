/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/tally.h"

#include <math.h>
#include <string.h>

#define NS_PER_MS 1e6
#define NS_PER_S  1e9

void tally_end(struct tally *tally, enum outcome outcome, int64_t latency_ns)
{
	tally->ended++;
	tally->outcomes[outcome]++;
	if (outcome_answered(outcome))
		histogram_record(&tally->latency, latency_ns);
}

void tally_extras(struct tally *tally, uint64_t duplicates, double value)
{
	struct tally_values *values = &tally->values;

	tally->duplicates += duplicates;
	if (isnan(value))
		return;
	if (values->count == 0 || value < values->min)
		values->min = value;
	if (values->count == 0 || value > values->max)
		values->max = value;
	values->sum += value;
	values->last = value;
	values->count++;
}

void tally_sample(struct tally *tally, const struct sample *sample)
{
	tally_end(tally, (enum outcome)sample->outcome, (int64_t)sample->latency_ns);
	tally_extras(tally, sample->duplicates, sample->value);
}

uint64_t tally_errors(const struct tally *tally, enum outcome outcome)
{
	return outcome == OUTCOME_OK ? tally->ended - tally->outcomes[OUTCOME_OK]
				     : tally->outcomes[outcome];
}

static double latency_ns(const struct histogram *latency, enum metric metric)
{
	if (metric_is_percentile(metric))
		return histogram_percentile(latency, metric_percent(metric));
	if (metric == METRIC_MIN)
		return (double)latency->min_ns;
	return metric == METRIC_MAX ? (double)latency->max_ns : histogram_mean(latency);
}

static double value_of(const struct tally_values *values, enum metric metric)
{
	switch (metric) {
	case METRIC_VALUE_MIN:
		return values->min;
	case METRIC_VALUE_MAX:
		return values->max;
	case METRIC_VALUE_MEAN:
		return values->sum / (double)values->count;
	default:
		return values->last;
	}
}

static bool is_value(enum metric metric)
{
	return metric >= METRIC_VALUE_MIN && metric <= METRIC_VALUE_LAST;
}

static bool is_counted(enum metric metric)
{
	return metric == METRIC_SUCCESS || metric == METRIC_THROUGHPUT ||
	       metric == METRIC_DUPLICATES || metric_is_error(metric);
}

uint64_t tally_samples(const struct tally *tally, enum metric metric)
{
	if (is_value(metric))
		return tally->values.count;
	return is_counted(metric) ? tally->ended : tally->latency.count;
}

bool tally_observe(const struct tally *tally, enum metric metric, double *ret_observed)
{
	const double ended = (double)tally->ended;
	const double ok = (double)tally->outcomes[OUTCOME_OK];

	if (tally_samples(tally, metric) == 0)
		return false;
	if (metric == METRIC_SUCCESS)
		*ret_observed = 100.0 * ok / ended;
	else if (metric == METRIC_THROUGHPUT)
		*ret_observed = ok * NS_PER_S / (double)tally->span_ns;
	else if (metric == METRIC_DUPLICATES)
		*ret_observed = (double)tally->duplicates;
	else if (metric_is_share(metric))
		*ret_observed = 100.0 * (double)tally_errors(tally, metric_outcome(metric)) / ended;
	else if (metric_is_error(metric))
		*ret_observed = (double)tally_errors(tally, metric_outcome(metric));
	else if (is_value(metric))
		*ret_observed = value_of(&tally->values, metric);
	else
		*ret_observed = latency_ns(&tally->latency, metric) / NS_PER_MS;
	return metric != METRIC_THROUGHPUT || tally->span_ns > 0;
}

const struct tolerance *tally_breach(const struct tally *tally, const struct tolerances *tolerances)
{
	enum judgement items[CONDITION_LEAVES_MAX];
	size_t blamed;

	for (size_t i = 0; i < tolerances->count; i++) {
		const struct tolerance *tolerance = &tolerances->items[i];
		double observed;
		bool holds = tally_observe(tally, tolerance->metric, &observed) &&
			     tolerance_holds(tolerance, observed);

		items[i] = holds ? JUDGEMENT_HELD : JUDGEMENT_BROKEN;
	}
	blamed = condition_blame(tolerances, items, JUDGEMENT_BROKEN);
	return blamed == tolerances->count ? NULL : &tolerances->items[blamed];
}

bool tally_holds(const struct tally *tally, const struct tolerances *tolerances)
{
	return tally->ended > 0 && tally_breach(tally, tolerances) == NULL;
}

void tally_clear(struct tally *tally)
{
	tally->due = 0;
	tally->ended = 0;
	memset(tally->outcomes, 0, sizeof(tally->outcomes));
	tally->duplicates = 0;
	memset(&tally->values, 0, sizeof(tally->values));
	tally->span_ns = 0;
	histogram_clear(&tally->latency);
}

void tally_release(struct tally *tally)
{
	histogram_release(&tally->latency);
}
