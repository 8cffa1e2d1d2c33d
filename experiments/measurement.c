/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/measurement.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/measurement_state.h"
#include "reports/mem.h"

#define NS_PER_S   1e9
#define NS_PER_MS  1e6
#define FIGURE_MAX 32

int measurement_new(struct loop *loop, const struct experiment *experiment,
	struct measurement **ret_measurement, struct err *err)
{
	struct measurement *measurement = xcalloc(1, sizeof(*measurement));

	measurement->experiment = experiment;
	measurement->runs = xcalloc(experiment->probe_count, sizeof(*measurement->runs));
	/* A fault alone need not wait for libraries. */
	if (experiment->probe_count > 0 &&
		probe_services_begin(&measurement->services, loop, err) != 0) {
		measurement_free(measurement);
		return -1;
	}
	for (size_t i = 0; i < experiment->probe_count; i++) {
		measurement->count++;
		if (probe_run_init(&measurement->runs[i], experiment, i, loop,
			    &measurement->services, err) == 0)
			continue;
		(void)err_prefix(err, "probe \"%s\"", experiment->probes[i].name);
		measurement_free(measurement);
		return -1;
	}
	*ret_measurement = measurement;
	return 0;
}

void measurement_free(struct measurement *measurement)
{
	if (measurement == NULL)
		return;
	for (size_t i = 0; i < measurement->count; i++)
		probe_run_release(&measurement->runs[i]);
	probe_services_end(&measurement->services);
	free(measurement->runs);
	free(measurement);
}

void measurement_start(struct measurement *measurement, int64_t start_ns)
{
	/* The probes take turns, so that they do not wait for each other in this one thread. */
	for (size_t i = 0; i < measurement->count; i++) {
		struct probe_run *run = &measurement->runs[i];
		double interval_ns = NS_PER_S / run->probe->rate; /* 0 in a closed loop */

		probe_run_start(run, start_ns,
			(int64_t)(interval_ns * (double)i / (double)measurement->count));
	}
}

void measurement_enter(struct measurement *measurement, enum phase phase, int64_t now)
{
	measurement->left_ns[measurement->phase] = now;
	measurement->phase = phase;
	measurement->entered[phase] = true;
	measurement->entered_ns[phase] = now;
	for (size_t i = 0; i < measurement->count; i++)
		probe_run_enter(&measurement->runs[i], phase, now);
}

void measurement_stop(struct measurement *measurement)
{
	int64_t now = clock_now();

	measurement->left_ns[measurement->phase] = now;
	for (size_t i = 0; i < measurement->count; i++)
		probe_run_stop(&measurement->runs[i], now);
}

void measurement_leave(struct measurement *measurement, int64_t now)
{
	for (size_t i = 0; i < measurement->count; i++)
		probe_run_measure(&measurement->runs[i], now);
}

void measurement_injected(struct measurement *measurement, int64_t now)
{
	for (size_t i = 0; i < measurement->count; i++)
		probe_run_injected(&measurement->runs[i], now);
}

bool measurement_idle(const struct measurement *measurement)
{
	for (size_t i = 0; i < measurement->count; i++)
		if (measurement->runs[i].prober->in_flight > 0)
			return false;
	return true;
}

bool measurement_settled(const struct measurement *measurement, enum phase phase)
{
	for (size_t i = 0; i < measurement->count; i++) {
		const struct tally *tally = &measurement->runs[i].phases[phase];

		if (tally->ended < tally->due)
			return false;
	}
	return true;
}

void measurement_cancel(struct measurement *measurement)
{
	for (size_t i = 0; i < measurement->count; i++)
		prober_cancel(measurement->runs[i].prober);
}

/* As few decimals as show on which side of the limit the figure is: 250.04 must not be reported as
 * breaking "<= 250" with the figure 250.0. */
static void figure_format(
	const struct tolerance *tolerance, double observed, char *buffer, size_t size)
{
	bool holds = tolerance_holds(tolerance, observed);

	for (int decimals = *metric_unit(tolerance->metric) != '\0'; decimals <= 6; decimals++) {
		(void)snprintf(buffer, size, "%.*f", decimals, observed);
		if (tolerance_holds(tolerance, strtod(buffer, NULL)) == holds)
			return;
	}
}

/* " (6 timeout, 2 status)", or nothing when there was no error. */
static void errors_format(const struct tally *tally, char *buffer, size_t size)
{
	size_t length = 0;

	buffer[0] = '\0';
	for (int i = OUTCOME_OK + 1; i < OUTCOME_COUNT && length < size; i++)
		if (tally->outcomes[i] > 0)
			length += (size_t)snprintf(buffer + length, size - length, "%s%llu %s",
				length == 0 ? " (" : ", ", (unsigned long long)tally->outcomes[i],
				outcome_name((enum outcome)i));
	if (length > 0 && length < size)
		(void)snprintf(buffer + length, size - length, ")");
}

/* What a relative limit came to: " (24.6ms)", or nothing. */
static void limit_format(const struct tolerance *tolerance, char *buffer, size_t size)
{
	if (tolerance->reference == REFERENCE_NONE)
		buffer[0] = '\0';
	else if (isnan(tolerance->limit))
		(void)snprintf(buffer, size, " (which has no figure for it)");
	else
		(void)snprintf(buffer, size, " (%.6g%s)", tolerance->limit,
			metric_unit(tolerance->metric));
}

static void breach_explain(const struct probe *probe, const struct tally *tally,
	const struct tolerance *tolerance, struct err *why)
{
	const struct metric_text name = metric_name(tolerance->metric);
	const char *metric = name.text;
	char figure[FIGURE_MAX];
	char errors[256];
	char limit[64];
	double observed;

	errors_format(tally, errors, sizeof(errors));
	if (!tally_observe(tally, tolerance->metric, &observed)) {
		(void)err_set(why, ERR_UNAVAILABLE, 0, "%s: %s%s, expected %s %s", probe->name,
			tally->ended == 0 ? "no request has ended" : "no request was answered",
			errors, metric, tolerance->text);
		return;
	}
	figure_format(tolerance, observed, figure, sizeof(figure));
	limit_format(tolerance, limit, sizeof(limit));
	(void)err_set(why, ERR_UNAVAILABLE, 0, "%s: %s %s%s, expected %s%s%s", probe->name, metric,
		figure, metric_unit(tolerance->metric), tolerance->text, limit,
		metric_is_share(tolerance->metric) ? errors : "");
}

bool measurement_held(const struct measurement *measurement, enum phase phase, struct err *why)
{
	for (size_t i = 0; i < measurement->count; i++) {
		const struct probe_run *run = &measurement->runs[i];
		const struct tally *tally = &run->phases[phase];
		const struct tolerance *breach;
		struct resolved tolerances;

		probe_run_tolerances(run, phase, &tolerances);
		breach = tally_breach(tally, &tolerances.view);
		if (breach != NULL) {
			breach_explain(run->probe, tally, breach, why);
			return false;
		}
		if (tally->ended == 0 && (tolerances.view.count > 0 || !run->probe->load)) {
			(void)err_set(why, ERR_UNAVAILABLE, 0, "%s: no request has ended",
				run->probe->name);
			return false;
		}
	}
	return true;
}

bool measurement_guard(
	const struct measurement *measurement, const struct guard *guard, int64_t now)
{
	const struct probe_run *run = &measurement->runs[guard->probe];
	int64_t from_ns = now - guard->over_ns;
	struct tally tally = {.span_ns = guard->over_ns};
	struct tolerance condition;
	double observed;
	bool tripped;

	if (!measurement->entered[PHASE_FAULT] || from_ns < measurement->entered_ns[PHASE_FAULT])
		return false;
	probe_run_lately(run, guard->over_ns, now, &tally);
	/* What has been in flight for longer than the window has failed it. */
	for (size_t i = prober_overdue(run->prober, from_ns); i > 0; i--) {
		tally_end(&tally, OUTCOME_TIMEOUT, guard->over_ns);
		histogram_record(&tally.latency, guard->over_ns);
	}
	condition = resolved_one(&guard->condition, PHASE_FAULT, &run->phases[PHASE_BASELINE]);
	tripped = tally_observe(&tally, condition.metric, &observed) &&
		  tolerance_holds(&condition, observed);
	tally_release(&tally);
	return tripped;
}

void measurement_glance(
	const struct measurement *measurement, size_t probe, struct measurement_glance *ret_glance)
{
	const struct probe_run *run = &measurement->runs[probe];
	const struct tally *phase = &run->phases[measurement->phase];
	struct tally lately = {0};

	probe_run_glance(run, &lately);
	*ret_glance = (struct measurement_glance){
		.count = phase->ended,
		.ok = phase->outcomes[OUTCOME_OK],
		.p95_ms = histogram_percentile(&lately.latency, 95) / NS_PER_MS,
	};
	tally_release(&lately);
}
