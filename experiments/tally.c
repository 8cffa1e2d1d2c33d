/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/tally.h"

#include <math.h>
#include <string.h>

#define NS_PER_MS 1e6

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

/* All but the histograms, which keep their memory. */
static void counts_clear(struct tally *tally)
{
	tally->due = 0;
	tally->ended = 0;
	tally->duplicates = 0;
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
