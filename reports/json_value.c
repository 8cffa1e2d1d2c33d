/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/json_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "reports/mem.h"
#include "reports/text.h"

cJSON *json_checked(cJSON *item)
{
	if (item == NULL)
		out_of_memory();
	return item;
}

void json_put(cJSON *object, const char *key, cJSON *item)
{
	if (!cJSON_AddItemToObject(object, key, json_checked(item)))
		out_of_memory();
}

void json_append(cJSON *array, cJSON *item)
{
	if (!cJSON_AddItemToArray(array, json_checked(item)))
		out_of_memory();
}

cJSON *json_put_object(cJSON *object, const char *key)
{
	cJSON *item = json_checked(cJSON_CreateObject());

	json_put(object, key, item);
	return item;
}

cJSON *json_put_array(cJSON *object, const char *key)
{
	cJSON *item = json_checked(cJSON_CreateArray());

	json_put(object, key, item);
	return item;
}

cJSON *json_append_object(cJSON *array)
{
	cJSON *item = json_checked(cJSON_CreateObject());

	json_append(array, item);
	return item;
}

static cJSON *text_item(const char *text)
{
	cleanup_free char *clean = NULL;

	if (text == NULL)
		return cJSON_CreateNull();
	clean = text_utf8(text);
	return cJSON_CreateString(clean);
}

void json_put_text(cJSON *object, const char *key, const char *text)
{
	json_put(object, key, text_item(text));
}

void json_put_bool(cJSON *object, const char *key, bool value)
{
	json_put(object, key, cJSON_CreateBool(value));
}

/* Written digit by digit, because cJSON's double would round it above 2^53. */
void json_put_count(cJSON *object, const char *key, uint64_t count)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, count);
	json_put(object, key, cJSON_CreateRaw(digits));
}

static cJSON *decimal_item(double value)
{
	if (!isfinite(value))
		return cJSON_CreateNull();
	return cJSON_CreateNumber(round(value * 1000) / 1000);
}

void json_put_decimal(cJSON *object, const char *key, double value)
{
	json_put(object, key, decimal_item(value));
}

void json_put_number(cJSON *object, const char *key, double value)
{
	json_put(object, key, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

void json_put_time(cJSON *object, const char *key, double value)
{
	json_put(object, key, value < 0 ? cJSON_CreateNull() : decimal_item(value));
}

void json_put_date(cJSON *object, const char *key, const struct timespec *date)
{
	char day[32];
	char text[48];
	struct tm parts;

	if (gmtime_r(&date->tv_sec, &parts) == NULL ||
		strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &parts) == 0) {
		json_put(object, key, cJSON_CreateNull());
		return;
	}
	snprintf(text, sizeof(text), "%s.%03ldZ", day, date->tv_nsec / 1000000);
	json_put_text(object, key, text);
}

void json_put_pairs(cJSON *object, const char *key, const struct report_pair *pairs, size_t count)
{
	cJSON *map = json_put_object(object, key);

	for (size_t i = 0; i < count; i++) {
		cleanup_free char *name = text_utf8(pairs[i].name);

		json_put_text(map, name, pairs[i].value);
	}
}

void json_put_texts(cJSON *object, const char *key, const char *const *texts, size_t count)
{
	cJSON *array = json_put_array(object, key);

	for (size_t i = 0; i < count; i++)
		json_append(array, text_item(texts[i]));
}

char *json_finish(cJSON *root)
{
	char *printed = cJSON_Print(root);
	char *text;

	cJSON_Delete(root);
	if (printed == NULL)
		out_of_memory();
	text = xasprintf("%s\n", printed);
	cJSON_free(printed);
	return text;
}
