/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/measurement_verdict.h"

#include <math.h>

#include "experiments/assess.h"
#include "reports/mem.h"

static void row_fill(const struct tolerance *tolerance, const struct assessment *assessment,
	struct arena *arena, struct report_tolerance *row)
{
	*row = (struct report_tolerance){
		.metric = arena_strdup(arena, metric_name(tolerance->metric).text),
		.expected = arena_strdup(arena, tolerance->text),
		.has_observed = assessment->has_observed,
		.observed = assessment->observed,
		.unit = metric_unit(tolerance->metric),
		.held = assessment->held,
		.verdict = assessment->judgement,
		.limit = tolerance->limit,
		.path = tolerance->path == NULL ? NULL : arena_strdup(arena, tolerance->path),
		.samples = assessment->samples,
		.has_interval = assessment->has_interval,
		.interval = {assessment->low, assessment->high},
		.samples_needed = assessment->needed,
	};
}

static struct report_interval interval_of(const struct tally *tally, enum metric metric)
{
	struct report_interval interval = {NAN, NAN};

	(void)assess_interval(tally, metric, &interval.low, &interval.high);
	return interval;
}

void report_tolerances(const struct probe_run *run, enum phase phase, struct arena *arena,
	struct report_probe_phase *out)
{
	const struct tally *tally = &run->phases[phase];
	enum judgement judgements[CONDITION_LEAVES_MAX];
	struct resolved tolerances;

	probe_run_tolerances(run, phase, &tolerances);
	out->tolerances = arena_alloc(arena, tolerances.view.count * sizeof(*out->tolerances));
	for (size_t i = 0; i < tolerances.view.count; i++) {
		const struct tolerance *tolerance = &tolerances.items[i];
		const struct assessment assessment = assess(tolerance, tally);

		judgements[i] = assessment.judgement;
		if (!tolerance->skipped)
			row_fill(tolerance, &assessment, arena,
				&out->tolerances[out->tolerance_count++]);
	}
	/* A load without tolerances may also be without a request. */
	out->verdict = tally->ended == 0 && (tolerances.view.count > 0 || !run->probe->load)
			       ? JUDGEMENT_BROKEN
			       : condition_judge(&tolerances.view, judgements);
	out->success_interval = interval_of(tally, METRIC_SUCCESS);
	out->p50_interval = interval_of(tally, METRIC_P50);
	out->p95_interval = interval_of(tally, METRIC_P95);
	out->p99_interval = interval_of(tally, METRIC_P99);
	out->p999_interval = interval_of(tally, METRIC_P999);
}

/* The limit that success must reach; false: it has none. */
static bool objective(const struct probe_run *run, double *ret_percent)
{
	struct resolved steady;

	probe_run_steady(run, PHASE_FAULT, &steady);
	for (size_t i = 0; i < steady.view.count; i++) {
		const struct tolerance *tolerance = &steady.items[i];

		if (tolerance->metric != METRIC_SUCCESS || !tolerance_wants_high(tolerance) ||
			isnan(tolerance->limit))
			continue;
		*ret_percent = fmin(fmax(tolerance->limit, 0), 100);
		return true;
	}
	return false;
}

void report_budget(const struct probe_run *run, struct report_probe *out)
{
	struct report_budget *budget = &out->budget;
	double share;

	if (!objective(run, &budget->objective_pct))
		return;
	budget->present = true;
	share = 1 - budget->objective_pct / 100;
	for (int phase = 0; phase < PHASE_COUNT; phase++) {
		const struct tally *tally = &run->phases[phase];
		const uint64_t errors = tally_errors(tally, OUTCOME_OK);

		budget->requests += tally->ended;
		budget->errors += errors;
		budget->has_burn_rate[phase] = tally->ended > 0;
		if (tally->ended > 0)
			budget->burn_rate[phase] =
				share > 0 ? (double)errors / (double)tally->ended / share : NAN;
	}
	budget->allowed = (double)budget->requests * share;
	budget->burned_pct =
		budget->allowed > 0 ? 100 * (double)budget->errors / budget->allowed : NAN;
}
