/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/stored_report.h"

#include <math.h>
#include <string.h>

#include "experiments/user_file.h"

#define SIZE_MAX_BYTES ((size_t)64 * 1024 * 1024)

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool number(const cJSON *item, double *ret_value)
{
	/* 1e999 is read as infinite. */
	if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
		return false;
	*ret_value = item->valuedouble;
	return true;
}

static bool is_text(const cJSON *item, const char *text)
{
	return cJSON_IsString(item) && strcmp(item->valuestring, text) == 0;
}

int stored_report_read(const char *path, struct stored_report *ret_report, struct err *err)
{
	struct user_file file = {0};
	cJSON *root = NULL;
	size_t length;

	if (user_file_read(path, SIZE_MAX_BYTES + 1, &file, err) < 0)
		return -1;
	length = file.length;
	if (length <= SIZE_MAX_BYTES)
		root = cJSON_ParseWithLength(file.text, length);
	user_file_release(&file);
	if (length > SIZE_MAX_BYTES)
		return err_set(err, ERR_USAGE, 0, "is larger than 64 MiB");
	if (root == NULL)
		return err_set(err, ERR_USAGE, 0, "is not JSON");
	if (!is_text(member(root, "schema"), REPORT_SCHEMA)) {
		cJSON_Delete(root);
		return err_set(err, ERR_USAGE, 0,
			"is no report of perturb: its schema is not "
			"\"" REPORT_SCHEMA "\"");
	}
	ret_report->root = root;
	return 0;
}

void stored_report_release(struct stored_report *report)
{
	cJSON_Delete(report->root);
	report->root = NULL;
}

static const cJSON *named(const cJSON *list, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list)
		if (is_text(member(item, "name"), name))
			return item;
	return NULL;
}

bool stored_report_has(const struct stored_report *report, const char *probe)
{
	return named(member(report->root, "probes"), probe) != NULL;
}

/* What a tolerance of the same metric saw there. */
static bool judged(const cJSON *phase, enum metric metric, double *ret_value)
{
	const struct metric_text name = metric_name(metric);
	const cJSON *row;

	cJSON_ArrayForEach (row, member(phase, "tolerances"))
		if (is_text(member(row, "metric"), name.text) &&
			is_text(member(row, "unit"), metric_unit(metric)) &&
			number(member(row, "observed"), ret_value))
			return true;
	return false;
}

static bool errors(const cJSON *phase, enum metric metric, double *ret_value)
{
	const cJSON *kinds = member(phase, "errors");
	const char *kind = outcome_name(metric_outcome(metric));
	const cJSON *row;
	double sum = 0;
	double count = 0;

	if (!cJSON_IsObject(kinds) || !number(member(phase, "count"), &count) || count <= 0)
		return false;
	cJSON_ArrayForEach (row, kinds)
		if (cJSON_IsNumber(row) &&
			(metric_outcome(metric) == OUTCOME_OK || strcmp(row->string, kind) == 0))
			sum += row->valuedouble;
	*ret_value = metric_is_share(metric) ? 100 * sum / count : sum;
	return true;
}

static bool value(const cJSON *phase, enum metric metric, double *ret_value)
{
	const struct metric_text text = metric_name(metric);
	const char *name = strchr(text.text, '.'); /* what stands behind "value" */

	return name != NULL && number(member(member(phase, "value"), name + 1), ret_value);
}

static bool latency(const cJSON *phase, enum metric metric, double *ret_value)
{
	const struct metric_text text = metric_name(metric);
	const char *name = metric == METRIC_P999 ? "p999" : text.text;

	return number(member(member(phase, "latency_ms"), name), ret_value);
}

bool stored_report_find(const struct stored_report *report, const char *probe, enum phase phase,
	enum metric metric, double *ret_value)
{
	const cJSON *found = named(member(report->root, "probes"), probe);
	const cJSON *measured = member(member(found, "phases"), phase_name(phase));

	if (measured == NULL)
		return false;
	if (judged(measured, metric, ret_value))
		return true;
	if (metric == METRIC_SUCCESS)
		return number(member(measured, "success_pct"), ret_value);
	if (metric == METRIC_DUPLICATES)
		return number(member(measured, "duplicates"), ret_value);
	if (metric_is_error(metric))
		return errors(measured, metric, ret_value);
	if (metric == METRIC_THROUGHPUT)
		return number(member(measured, "throughput_per_s"), ret_value);
	if (metric >= METRIC_VALUE_MIN && metric <= METRIC_VALUE_LAST)
		return value(measured, metric, ret_value);
	return latency(measured, metric, ret_value);
}
