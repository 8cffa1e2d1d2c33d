/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/json_times.h"

static void put_latency(cJSON *object, const char *key, const struct report_latency *latency)
{
	cJSON *map;

	if (latency->max <= 0) { /* there was none */
		json_put(object, key, cJSON_CreateNull());
		return;
	}
	map = json_put_object(object, key);
	json_put_decimal(map, "min", latency->min);
	json_put_decimal(map, "p50", latency->p50);
	json_put_decimal(map, "p90", latency->p90);
	json_put_decimal(map, "p95", latency->p95);
	json_put_decimal(map, "p99", latency->p99);
	json_put_decimal(map, "p999", latency->p999);
	json_put_decimal(map, "max", latency->max);
	json_put_decimal(map, "mean", latency->mean);
}

static void put_lag(cJSON *object, const struct report_probe_phase *phase)
{
	cJSON *map;

	if (!phase->has_lag) {
		json_put(object, "lag_ms", cJSON_CreateNull());
		return;
	}
	map = json_put_object(object, "lag_ms");
	json_put_decimal(map, "p50", phase->lag_ms.p50);
	json_put_decimal(map, "p99", phase->lag_ms.p99);
	json_put_decimal(map, "max", phase->lag_ms.max);
}

/* Figures of any size: not rounded. */
static void put_value(cJSON *object, const struct report_value *value)
{
	cJSON *map;

	if (value->count == 0) {
		json_put(object, "value", cJSON_CreateNull());
		return;
	}
	map = json_put_object(object, "value");
	json_put_number(map, "last", value->last);
	json_put_number(map, "min", value->min);
	json_put_number(map, "max", value->max);
	json_put_number(map, "mean", value->mean);
}

void json_put_times(cJSON *object, const struct report_probe_phase *phase)
{
	json_put_count(object, "not_sent", phase->not_sent);
	json_put_count(object, "duplicates", phase->duplicates);
	json_put_decimal(object, "throughput_per_s", phase->throughput_per_s);
	put_latency(object, "latency_ms", &phase->latency_ms);
	put_latency(object, "service_ms", &phase->service_ms);
	put_latency(object, "connect_ms", &phase->connect_ms);
	put_latency(object, "tls_ms", &phase->tls_ms);
	put_latency(object, "first_byte_ms", &phase->first_byte_ms);
	put_lag(object, phase);
	put_value(object, &phase->value);
}

void json_put_histogram(cJSON *object, const struct report_probe_phase *phase)
{
	cJSON *rows = json_put_array(object, "histogram");

	for (size_t i = 0; i < phase->bucket_count; i++) {
		cJSON *row = json_checked(cJSON_CreateArray());

		cJSON_AddItemToArray(
			row, json_checked(cJSON_CreateNumber(phase->histogram[i].upper_ms)));
		cJSON_AddItemToArray(
			row, json_checked(cJSON_CreateNumber((double)phase->histogram[i].count)));
		cJSON_AddItemToArray(rows, row);
	}
}
