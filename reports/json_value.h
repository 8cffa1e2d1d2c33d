/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_value - a JSON document built without a check at every step.
 *
 * Every value belongs to its parent at once, so that the root is all there is to free. A library
 * that cannot get memory ends the process, as the x-functions do. Texts may be NULL (null) and
 * need not be UTF-8.
 */
#ifndef REPORTS_JSON_VALUE_H
#define REPORTS_JSON_VALUE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "reports/report.h"

/* item itself, which is not NULL. */
cJSON *json_checked(cJSON *item);

void json_put(cJSON *object, const char *key, cJSON *item);
void json_append(cJSON *array, cJSON *item);
cJSON *json_put_object(cJSON *object, const char *key);
cJSON *json_put_array(cJSON *object, const char *key);
cJSON *json_append_object(cJSON *array);

void json_put_text(cJSON *object, const char *key, const char *text);
void json_put_bool(cJSON *object, const char *key, bool value);
void json_put_count(cJSON *object, const char *key, uint64_t count);
/* Rounded to three decimals: microseconds of a value in milliseconds. NaN is null. */
void json_put_decimal(cJSON *object, const char *key, double value);
/* As it is. NaN and the infinities are null. */
void json_put_number(cJSON *object, const char *key, double value);
/* A moment or a span in milliseconds; negative, which means never, is null. */
void json_put_time(cJSON *object, const char *key, double value);
/* RFC 3339, UTC, with milliseconds. */
void json_put_date(cJSON *object, const char *key, const struct timespec *date);
/* An array of texts; an object of texts. */
void json_put_texts(cJSON *object, const char *key, const char *const *texts, size_t count);
void json_put_pairs(cJSON *object, const char *key, const struct report_pair *pairs, size_t count);

/* The document as text, indented, with a final newline; heap. Frees the document. */
char *json_finish(cJSON *root);

#endif
