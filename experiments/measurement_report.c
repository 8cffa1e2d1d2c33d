/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "experiments/measurement.h"
#include "experiments/measurement_state.h"
#include "experiments/measurement_verdict.h"
#include "reports/mem.h"

#define NS_PER_S  1e9
#define NS_PER_MS 1e6

static void errors_fill(
	const struct tally *tally, struct arena *arena, struct report_probe_phase *out)
{
	for (int i = OUTCOME_OK + 1; i < OUTCOME_COUNT; i++) {
		if (tally->outcomes[i] == 0)
			continue;
		out->errors =
			arena_grow(arena, out->errors, out->error_count, sizeof(*out->errors));
		out->errors[out->error_count++] = (struct report_error_count){
			.kind = outcome_name((enum outcome)i),
			.count = tally->outcomes[i],
		};
	}
}

static double observe(const struct tally *tally, enum metric metric)
{
	double observed = 0;

	return tally_observe(tally, metric, &observed) ? observed : 0;
}

static void latency_fill(const struct histogram *histogram, struct report_latency *out)
{
	*out = (struct report_latency){
		.min = (double)histogram->min_ns / NS_PER_MS,
		.p50 = histogram_percentile(histogram, 50) / NS_PER_MS,
		.p90 = histogram_percentile(histogram, 90) / NS_PER_MS,
		.p95 = histogram_percentile(histogram, 95) / NS_PER_MS,
		.p99 = histogram_percentile(histogram, 99) / NS_PER_MS,
		.p999 = histogram_percentile(histogram, 99.9) / NS_PER_MS,
		.max = (double)histogram->max_ns / NS_PER_MS,
		.mean = histogram_mean(histogram) / NS_PER_MS,
	};
}

static void value_fill(const struct tally_value *value, struct report_value *out)
{
	*out = (struct report_value){
		.count = value->count,
		.last = value->last,
		.min = value->min,
		.max = value->max,
		.mean = value->count > 0 ? value->sum / (double)value->count : 0,
	};
}

/* The smallest number of two digits that is not below: 1.1, 25, 990. */
static int64_t two_digits_up(double ns)
{
	int64_t value = (int64_t)ceil(ns);
	int64_t unit = 1;

	while (value > unit * 99)
		unit *= 10;
	return (value + unit - 1) / unit * unit;
}

static void histogram_fill(
	const struct histogram *histogram, struct arena *arena, struct report_probe_phase *out)
{
	struct report_bucket *last = NULL;
	size_t position = 0;
	double ns;
	uint64_t count;

	while (histogram_next(histogram, &position, &ns, &count)) {
		const double upper_ms = (double)two_digits_up(ns) / NS_PER_MS;

		if (last == NULL || last->upper_ms < upper_ms) {
			out->histogram = arena_grow(
				arena, out->histogram, out->bucket_count, sizeof(*out->histogram));
			last = &out->histogram[out->bucket_count++];
			last->upper_ms = upper_ms;
		}
		last->count += count;
	}
}

/* What the requests' times came to. */
static void parts_fill(
	const struct probe_run *run, const struct tally *tally, struct report_probe_phase *out)
{
	latency_fill(&tally->latency, &out->latency_ms);
	latency_fill(&tally->service, &out->service_ms);
	latency_fill(&tally->connect, &out->connect_ms);
	latency_fill(&tally->tls, &out->tls_ms);
	latency_fill(&tally->first_byte, &out->first_byte_ms);
	out->has_lag = !probe_is_closed(run->probe) && tally->lag.count > 0;
	latency_fill(&tally->lag, &out->lag_ms);
}

static void phase_fill(const struct measurement *measurement, const struct probe_run *run,
	enum phase phase, struct arena *arena, struct report_probe_phase *out)
{
	const struct tally *tally = &run->phases[phase];
	const int64_t length_ns = measurement->left_ns[phase] - measurement->entered_ns[phase];

	out->present = true;
	out->count = tally->due;
	out->ok = tally->outcomes[OUTCOME_OK];
	out->not_sent = tally->outcomes[OUTCOME_NOT_SENT];
	out->duplicates = tally->duplicates;
	out->success_pct = observe(tally, METRIC_SUCCESS);
	if (length_ns > 0)
		out->throughput_per_s = (double)out->ok * NS_PER_S / (double)length_ns;
	errors_fill(tally, arena, out);
	parts_fill(run, tally, out);
	value_fill(&tally->value, &out->value);
	report_tolerances(run, phase, arena, out);
	if (run->probe->load)
		histogram_fill(&tally->latency, arena, out);
}

/* Only the rows in which requests were due. */
static void series_fill(const struct series *series, struct arena *arena, struct report_probe *out)
{
	out->series_interval_s = series->interval_s;
	out->series = arena_alloc(arena, series->row_count * sizeof(*out->series));
	for (size_t i = 0; i < series->row_count; i++) {
		const struct series_row row = series_read(series, i);

		if (row.count == 0)
			continue;
		out->series[out->series_count++] = (struct report_second){
			.second = (uint32_t)i * series->interval_s,
			.count = row.count,
			.ok = row.ok,
			.p50_ms = (double)row.p50_ns / NS_PER_MS,
			.p95_ms = (double)row.p95_ns / NS_PER_MS,
			.max_ms = (double)row.max_ns / NS_PER_MS,
		};
	}
}

static void recovery_fill(
	const struct probe_run *run, int64_t faults_end_ns, struct report_probe *out)
{
	const struct probe *probe = run->probe;
	struct resolved steady;
	int64_t moment_ns;

	out->time_to_recover_ms = -1;
	/* A load without tolerances has nothing to come back to. */
	out->has_recovery = faults_end_ns != 0 && run->recovery.start_ns != 0 &&
			    (!probe->load || probe->tolerate_count > 0);
	if (!out->has_recovery)
		return;
	probe_run_steady(run, PHASE_RECOVERY, &steady);
	out->recovered = recovery_find(&run->recovery, probe->rate, &steady.view, &moment_ns);
	if (out->recovered)
		out->time_to_recover_ms = fmax(0, (double)(moment_ns - faults_end_ns) / NS_PER_MS);
}

static void detection_fill(const struct detection *detection, struct report_probe *out)
{
	out->has_detection = detection->since_ns != 0;
	out->time_to_detect_ms = -1;
	if (detection->moment_ns != 0)
		out->time_to_detect_ms =
			(double)(detection->moment_ns - detection->since_ns) / NS_PER_MS;
}

void measurement_report(
	const struct measurement *measurement, int64_t faults_end_ns, struct report *report)
{
	struct arena *arena = &report->arena;

	report->probes = arena_alloc(arena, measurement->count * sizeof(*report->probes));
	report->probe_count = measurement->count;
	for (size_t i = 0; i < measurement->count; i++) {
		const struct probe_run *run = &measurement->runs[i];
		struct report_probe *out = &report->probes[i];

		out->name = arena_strdup(arena, run->probe->name);
		out->kind = run->probe->kind->name;
		out->load = run->probe->load;
		out->closed = probe_is_closed(run->probe);
		out->rate = out->closed ? 0 : run->probe->rate;
		out->concurrency = run->probe->concurrency;
		for (int phase = 0; phase < PHASE_COUNT; phase++)
			if (measurement->entered[phase])
				phase_fill(measurement, run, (enum phase)phase, arena,
					&out->phases[phase]);
		series_fill(&run->series, arena, out);
		recovery_fill(run, faults_end_ns, out);
		detection_fill(&run->detection, out);
		report_budget(run, out);
	}
}
