/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/prometheus_answer.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	const struct number_range *conditions;
	struct prometheus_answer answer;
	size_t samples;
};

/* Numbers are texts, so that these can be among them: NaN, +Inf, -Inf. */
static bool number_read(const char *text, double *ret_number)
{
	char *end;

	if (strspn(text, "+-.0123456789eE") != strlen(text) && strcmp(text, "NaN") != 0 &&
		strcmp(text, "+Inf") != 0 && strcmp(text, "-Inf") != 0)
		return false;
	*ret_number = strtod(text, &end);
	return end != text && *end == '\0';
}

static void sample_judge(struct reading *reading, double sample)
{
	struct prometheus_answer *answer = &reading->answer;
	const bool right = number_range_holds(reading->conditions, sample);

	reading->samples++;
	if (answer->outcome != OUTCOME_OK)
		return;
	if (!right)
		answer->outcome = OUTCOME_VALUE;
	if (!right || !answer->has_value || sample > answer->value) {
		answer->value = sample;
		answer->has_value = isfinite(sample);
	}
}

/* A pair of a time and a number. */
static bool sample_read(struct reading *reading, const cJSON *pair)
{
	const cJSON *time = cJSON_GetArrayItem(pair, 0);
	const cJSON *text = cJSON_GetArrayItem(pair, 1);
	double sample;

	if (!cJSON_IsArray(pair) || !cJSON_IsNumber(time) || !cJSON_IsString(text) ||
		!number_read(text->valuestring, &sample))
		return false;
	sample_judge(reading, sample);
	return true;
}

/* One of a vector has a "value", one of a matrix has "values". */
static bool series_read(struct reading *reading, const cJSON *series)
{
	const cJSON *values = cJSON_GetObjectItemCaseSensitive(series, "values");
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(series, "value");
	const cJSON *pair;

	if (!cJSON_IsObject(series) || (value != NULL && !sample_read(reading, value)))
		return false;
	if (values == NULL)
		return true;
	if (!cJSON_IsArray(values))
		return false;
	cJSON_ArrayForEach (pair, values) {
		if (!sample_read(reading, pair))
			return false;
	}
	return true;
}

static bool result_read(struct reading *reading, const char *type, const cJSON *result)
{
	const cJSON *series;

	if (!cJSON_IsArray(result))
		return false;
	if (strcmp(type, "scalar") == 0)
		return sample_read(reading, result);
	if (strcmp(type, "vector") != 0 && strcmp(type, "matrix") != 0) {
		reading->answer.outcome = OUTCOME_BODY;
		return true;
	}
	cJSON_ArrayForEach (series, result) {
		if (!series_read(reading, series))
			return false;
	}
	return true;
}

/* False: it is no answer of Prometheus. */
static bool root_read(struct reading *reading, const cJSON *root, bool empty_is_right)
{
	const cJSON *status = cJSON_GetObjectItemCaseSensitive(root, "status");
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(root, "data");
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(data, "resultType");
	const cJSON *result = cJSON_GetObjectItemCaseSensitive(data, "result");

	if (!cJSON_IsString(status))
		return false;
	if (strcmp(status->valuestring, "error") == 0) {
		reading->answer.outcome = OUTCOME_BODY;
		return true;
	}
	if (strcmp(status->valuestring, "success") != 0 || !cJSON_IsString(type) ||
		!result_read(reading, type->valuestring, result))
		return false;
	/* Series without a sample have histograms. */
	if (reading->samples == 0 && (!empty_is_right || cJSON_GetArraySize(result) > 0))
		reading->answer.outcome = OUTCOME_BODY;
	return true;
}

struct prometheus_answer prometheus_answer_read(
	const char *text, size_t length, const struct number_range *conditions, bool empty_is_right)
{
	struct reading reading = {.conditions = conditions, .answer = {.outcome = OUTCOME_OK}};
	cJSON *root = cJSON_ParseWithLength(text, length);

	if (root == NULL || !root_read(&reading, root, empty_is_right))
		reading.answer = (struct prometheus_answer){.outcome = OUTCOME_PROTOCOL};
	cJSON_Delete(root);
	return reading.answer;
}
