/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/json_verdict.h"

#include <math.h>

/* [low, high], where null is an end that is not known; null: there is no interval. */
static void put_interval(
	cJSON *object, const char *key, bool present, const struct report_interval *interval)
{
	const double ends[] = {interval->low, interval->high};
	cJSON *array;

	if (!present) {
		json_put(object, key, cJSON_CreateNull());
		return;
	}
	array = json_put_array(object, key);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		json_append(array, isfinite(ends[i])
					   ? cJSON_CreateNumber(round(ends[i] * 1000) / 1000)
					   : cJSON_CreateNull());
}

static void append_tolerance(cJSON *tolerances, const struct report_tolerance *tolerance)
{
	cJSON *row = json_append_object(tolerances);

	json_put_text(row, "metric", tolerance->metric);
	json_put_text(row, "expected", tolerance->expected);
	json_put_number(row, "limit", tolerance->limit);
	json_put_decimal(row, "observed", tolerance->has_observed ? tolerance->observed : NAN);
	json_put_text(row, "unit", tolerance->unit);
	json_put_bool(row, "held", tolerance->held);
	json_put_text(row, "verdict", judgement_name(tolerance->verdict));
	json_put_count(row, "samples", tolerance->samples);
	put_interval(row, "interval", tolerance->has_interval, &tolerance->interval);
	if (tolerance->samples_needed == 0)
		json_put(row, "samples_needed", cJSON_CreateNull());
	else
		json_put_count(row, "samples_needed", tolerance->samples_needed);
	json_put_text(row, "path", tolerance->path);
}

void json_put_verdict(cJSON *object, const struct report_probe_phase *phase)
{
	cJSON *map;
	cJSON *tolerances;

	put_interval(object, "success_pct_interval", phase->count != 0, &phase->success_interval);
	if (phase->latency_ms.max <= 0) { /* no request was answered */
		json_put(object, "latency_interval_ms", cJSON_CreateNull());
	} else {
		map = json_put_object(object, "latency_interval_ms");
		put_interval(map, "p50", true, &phase->p50_interval);
		put_interval(map, "p95", true, &phase->p95_interval);
		put_interval(map, "p99", true, &phase->p99_interval);
		put_interval(map, "p999", true, &phase->p999_interval);
	}
	json_put_text(object, "verdict", judgement_name(phase->verdict));
	tolerances = json_put_array(object, "tolerances");
	for (size_t i = 0; i < phase->tolerance_count; i++)
		append_tolerance(tolerances, &phase->tolerances[i]);
}

void json_put_budget(cJSON *object, const struct report_budget *budget)
{
	cJSON *map;
	cJSON *rates;

	if (!budget->present) {
		json_put(object, "error_budget", cJSON_CreateNull());
		return;
	}
	map = json_put_object(object, "error_budget");
	json_put_number(map, "objective_pct", budget->objective_pct);
	json_put_count(map, "requests", budget->requests);
	json_put_decimal(map, "allowed", budget->allowed);
	json_put_count(map, "errors", budget->errors);
	json_put_decimal(map, "burned_pct", budget->burned_pct);
	rates = json_put_object(map, "burn_rate");
	for (int phase = 0; phase < PHASE_COUNT; phase++)
		if (budget->has_burn_rate[phase])
			json_put_decimal(
				rates, phase_name((enum phase)phase), budget->burn_rate[phase]);
}
