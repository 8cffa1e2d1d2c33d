/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "experiments/measurement.h"
#include "experiments/measurement_state.h"
#include "experiments/measurement_verdict.h"
#include "reports/mem.h"

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

static void latency_fill(const struct tally *tally, struct report_latency *out)
{
	*out = (struct report_latency){
		.min = observe(tally, METRIC_MIN),
		.p50 = observe(tally, METRIC_P50),
		.p90 = observe(tally, METRIC_P90),
		.p95 = observe(tally, METRIC_P95),
		.p99 = observe(tally, METRIC_P99),
		.p999 = observe(tally, METRIC_P999),
		.max = observe(tally, METRIC_MAX),
		.mean = observe(tally, METRIC_MEAN),
	};
}

static void phase_fill(const struct probe_run *run, enum phase phase, struct arena *arena,
	struct report_probe_phase *out)
{
	const struct tally *tally = &run->phases[phase];

	out->present = true;
	out->count = tally->due;
	out->ok = tally->outcomes[OUTCOME_OK];
	out->success_pct = observe(tally, METRIC_SUCCESS);
	errors_fill(tally, arena, out);
	latency_fill(tally, &out->latency_ms);
	report_tolerances(run, phase, arena, out);
}

static void series_fill(const struct series *series, struct arena *arena, struct report_probe *out)
{
	cleanup_free struct series_second *seconds = series_copy(series, &out->series_count);

	out->series = arena_alloc(arena, out->series_count * sizeof(*out->series));
	for (size_t i = 0; i < out->series_count; i++)
		out->series[i] = (struct report_second){
			.second = seconds[i].second,
			.count = seconds[i].count,
			.ok = seconds[i].ok,
			.p50_ms = (double)seconds[i].p50_ns / NS_PER_MS,
			.p95_ms = (double)seconds[i].p95_ns / NS_PER_MS,
			.max_ms = (double)seconds[i].max_ns / NS_PER_MS,
		};
}

static void recovery_fill(
	const struct probe_run *run, int64_t faults_end_ns, struct report_probe *out)
{
	struct resolved steady;
	int64_t moment_ns;

	out->time_to_recover_ms = -1;
	out->has_recovery = faults_end_ns != 0 && run->recovery.start_ns != 0;
	if (!out->has_recovery)
		return;
	probe_run_steady(run, PHASE_RECOVERY, &steady);
	out->recovered = recovery_find(&run->recovery, run->probe->rate, &steady.view, &moment_ns);
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
		out->rate = run->probe->rate;
		for (int phase = 0; phase < PHASE_COUNT; phase++)
			if (measurement->entered[phase])
				phase_fill(run, (enum phase)phase, arena, &out->phases[phase]);
		series_fill(&run->series, arena, out);
		recovery_fill(run, faults_end_ns, out);
		detection_fill(&run->detection, out);
		report_budget(run, out);
	}
}
