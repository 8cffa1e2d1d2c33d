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

static void value_merge(struct tally_value *value, const struct tally_value *other)
{
	if (other->count == 0)
		return;
	if (value->count == 0) {
		*value = *other;
		return;
	}
	if (other->last_ns >= value->last_ns) {
		value->last_ns = other->last_ns;
		value->last = other->last;
	}
	value->count += other->count;
	value->min = fmin(value->min, other->min);
	value->max = fmax(value->max, other->max);
	value->sum += other->sum;
}

void tally_answer(struct tally *tally, const struct probe_answer *answer, int64_t latency_ns)
{
	const struct tally_value value = {
		.count = 1,
		.last_ns = answer->ended_ns,
		.last = answer->value,
		.min = answer->value,
		.max = answer->value,
		.sum = answer->value,
	};

	tally_end(tally, answer->outcome, latency_ns);
	tally->duplicates += answer->duplicates;
	if (answer->has_value)
		value_merge(&tally->value, &value);
}

static void part_record(struct histogram *histogram, int64_t ns)
{
	if (ns >= 0)
		histogram_record(histogram, ns);
}

void tally_parts(struct tally *tally, const struct probe_answer *answer)
{
	if (answer->outcome == OUTCOME_NOT_SENT)
		return;
	if (outcome_answered(answer->outcome))
		histogram_record(&tally->service, answer->ended_ns - answer->sent_ns);
	part_record(&tally->connect, answer->connect_ns);
	part_record(&tally->tls, answer->tls_ns);
	part_record(&tally->first_byte, answer->first_byte_ns);
	histogram_record(&tally->lag, answer->sent_ns - answer->due_ns);
}

void tally_merge(struct tally *tally, const struct tally *other)
{
	tally->due += other->due;
	tally->ended += other->ended;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		tally->outcomes[i] += other->outcomes[i];
	tally->duplicates += other->duplicates;
	value_merge(&tally->value, &other->value);
	histogram_merge(&tally->latency, &other->latency);
	histogram_merge(&tally->service, &other->service);
	histogram_merge(&tally->connect, &other->connect);
	histogram_merge(&tally->tls, &other->tls);
	histogram_merge(&tally->first_byte, &other->first_byte);
	histogram_merge(&tally->lag, &other->lag);
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

static double value_of(const struct tally_value *values, enum metric metric)
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
		return tally->value.count;
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
		*ret_observed = value_of(&tally->value, metric);
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

/* All but the histograms, which keep their memory. */
static void counts_clear(struct tally *tally)
{
	tally->due = 0;
	tally->ended = 0;
	tally->duplicates = 0;
	tally->span_ns = 0;
	memset(tally->outcomes, 0, sizeof(tally->outcomes));
	tally->value = (struct tally_value){0};
}

void tally_clear(struct tally *tally)
{
	counts_clear(tally);
	histogram_clear(&tally->latency);
	histogram_clear(&tally->service);
	histogram_clear(&tally->connect);
	histogram_clear(&tally->tls);
	histogram_clear(&tally->first_byte);
	histogram_clear(&tally->lag);
}

void tally_release(struct tally *tally)
{
	counts_clear(tally);
	histogram_release(&tally->latency);
	histogram_release(&tally->service);
	histogram_release(&tally->connect);
	histogram_release(&tally->tls);
	histogram_release(&tally->first_byte);
	histogram_release(&tally->lag);
}
