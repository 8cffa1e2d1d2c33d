/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/field_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "experiments/nearest.h"
#include "experiments/quote.h"
#include "experiments/units.h"

#define BOOLEAN_EXPECTED "true or false"

static int choice_read(
	const struct field *field, const char *text, int *ret_choice, struct err *err)
{
	struct nearest nearest = nearest_begin(text, strlen(text));
	char names[256] = "";

	for (int i = 0; field->choices[i] != NULL; i++) {
		size_t used = strlen(names);

		if (strcmp(field->choices[i], text) == 0) {
			*ret_choice = i;
			return 0;
		}
		nearest_offer(&nearest, field->choices[i]);
		snprintf(names + used, sizeof(names) - used, "%s%s", used == 0 ? "" : ", ",
			field->choices[i]);
	}
	if (nearest.best != NULL)
		return err_set(err, ERR_USAGE, 0,
			"expected one of %s, not '%s' (did you mean '%s'?)", names,
			quote(text).text, nearest.best);
	return err_set(err, ERR_USAGE, 0, "expected one of %s, not '%s'", names, quote(text).text);
}

static int boolean_read(const char *text, bool *ret_boolean, struct err *err)
{
	*ret_boolean = strcmp(text, "true") == 0;
	if (!*ret_boolean && strcmp(text, "false") != 0)
		return err_set(err, ERR_USAGE, 0, "expected %s, not '%s'", BOOLEAN_EXPECTED,
			quote(text).text);
	return 0;
}

static int text_read(const char *text, char *ret_text, struct err *err)
{
	if (*text == '\0')
		return err_set(err, ERR_USAGE, 0, "is empty");
	if (strlen(text) >= FIELD_TEXT_MAX)
		return err_set(err, ERR_USAGE, 0, "is longer than %d bytes", FIELD_TEXT_MAX - 1);
	memcpy(ret_text, text, strlen(text) + 1);
	return 0;
}

/* Adds one to those that are there. */
static int texts_read(const struct field *field, const char *text, void *ret_texts, struct err *err)
{
	char(*texts)[FIELD_TEXT_MAX] = ret_texts;
	size_t maximum = (size_t)field->maximum;
	size_t count = 0;

	while (count < maximum && texts[count][0] != '\0')
		count++;
	if (count == maximum)
		return err_set(err, ERR_USAGE, 0, "has more than %zu entries", maximum);
	return text_read(text, texts[count], err);
}

static const char *texts_write(const struct field *field, const void *value, struct arena *arena)
{
	const char(*texts)[FIELD_TEXT_MAX] = (const char(*)[FIELD_TEXT_MAX])value;
	const char *all = texts[0];

	for (size_t i = 1; i < (size_t)field->maximum && texts[i][0] != '\0'; i++)
		all = arena_printf(arena, "%s %s", all, texts[i]);
	return arena_strdup(arena, all);
}

static int value_read(const struct field *field, const char *text, void *ret_value, struct err *err)
{
	switch (field->type) {
	case FIELD_DURATION:
		return duration_parse(text, ret_value, err);
	case FIELD_PERCENT:
		return percent_parse(text, ret_value, err);
	case FIELD_RATE:
		return rate_parse(text, ret_value, err);
	case FIELD_SIZE:
		return size_parse(text, ret_value, err);
	case FIELD_OVERHEAD:
		return overhead_parse(text, ret_value, err);
	case FIELD_COUNT:
		return count_parse(text, ret_value, err);
	case FIELD_CHOICE:
		return choice_read(field, text, ret_value, err);
	case FIELD_BOOLEAN:
		return boolean_read(text, ret_value, err);
	case FIELD_SIGNAL:
		return signal_parse(text, ret_value, err);
	case FIELD_TEXT:
	case FIELD_FILE:
		return text_read(text, ret_value, err);
	case FIELD_TEXTS:
		return texts_read(field, text, ret_value, err);
	case FIELD_GROUP:
		break;
	}
	return err_set(err, ERR_USAGE, 0, "expected a mapping");
}

bool field_magnitude(enum field_type type, const void *value, double *ret_magnitude)
{
	switch (type) {
	case FIELD_DURATION:
	case FIELD_OVERHEAD:
		*ret_magnitude = (double)*(const int64_t *)value;
		return true;
	case FIELD_PERCENT:
		*ret_magnitude = *(const double *)value;
		return true;
	case FIELD_RATE:
	case FIELD_SIZE:
		*ret_magnitude = (double)*(const uint64_t *)value;
		return true;
	case FIELD_COUNT:
		*ret_magnitude = *(const uint32_t *)value;
		return true;
	case FIELD_CHOICE:
	case FIELD_BOOLEAN:
	case FIELD_SIGNAL:
	case FIELD_TEXT:
	case FIELD_FILE:
	case FIELD_TEXTS:
	case FIELD_GROUP:
		break;
	}
	return false;
}

void field_set_magnitude(enum field_type type, double magnitude, void *ret_value)
{
	switch (type) {
	case FIELD_DURATION:
	case FIELD_OVERHEAD:
		*(int64_t *)ret_value = llrint(magnitude);
		break;
	case FIELD_PERCENT:
		*(double *)ret_value = magnitude;
		break;
	case FIELD_RATE:
	case FIELD_SIZE:
		*(uint64_t *)ret_value = (uint64_t)llrint(magnitude);
		break;
	case FIELD_COUNT:
		*(uint32_t *)ret_value = (uint32_t)llrint(magnitude);
		break;
	case FIELD_CHOICE:
	case FIELD_BOOLEAN:
	case FIELD_SIGNAL:
	case FIELD_TEXT:
	case FIELD_FILE:
	case FIELD_TEXTS:
	case FIELD_GROUP:
		break;
	}
}

const char *field_limit_write(enum field_type type, double number, char *buffer, size_t size)
{
	switch (type) {
	case FIELD_DURATION:
		return duration_format((int64_t)llround(number), buffer, size);
	case FIELD_PERCENT:
		return percent_format(number, buffer, size);
	case FIELD_RATE:
		return rate_format((uint64_t)llround(number), buffer, size);
	case FIELD_SIZE:
		return size_format((uint64_t)llround(number), buffer, size);
	case FIELD_OVERHEAD:
		return overhead_format(llround(number), buffer, size);
	case FIELD_COUNT:
	case FIELD_CHOICE:
	case FIELD_BOOLEAN:
	case FIELD_SIGNAL:
	case FIELD_TEXT:
	case FIELD_FILE:
	case FIELD_TEXTS:
	case FIELD_GROUP:
		break;
	}
	snprintf(buffer, size, "%.0f", number);
	return buffer;
}

static int range_check(
	const struct field *field, const char *text, const void *value, struct err *err)
{
	char limit[64];
	double found;

	if (!field_magnitude(field->type, value, &found))
		return 0;
	if (found < field->minimum)
		return err_set(err, ERR_USAGE, 0, "expected at least %s, not '%s'",
			field_limit_write(field->type, field->minimum, limit, sizeof(limit)),
			quote(text).text);
	if (field->maximum > 0.0 && found > field->maximum)
		return err_set(err, ERR_USAGE, 0, "expected at most %s, not '%s'",
			field_limit_write(field->type, field->maximum, limit, sizeof(limit)),
			quote(text).text);
	return 0;
}

size_t field_size(const struct field *field)
{
	switch (field->type) {
	case FIELD_DURATION:
	case FIELD_OVERHEAD:
		return sizeof(int64_t);
	case FIELD_RATE:
	case FIELD_SIZE:
		return sizeof(uint64_t);
	case FIELD_PERCENT:
		return sizeof(double);
	case FIELD_COUNT:
		return sizeof(uint32_t);
	case FIELD_CHOICE:
	case FIELD_SIGNAL:
		return sizeof(int);
	case FIELD_BOOLEAN:
		return sizeof(bool);
	case FIELD_TEXT:
	case FIELD_FILE:
		return FIELD_TEXT_MAX;
	case FIELD_TEXTS:
		return FIELD_TEXT_MAX * (size_t)field->maximum;
	case FIELD_GROUP:
		break;
	}
	return 0;
}

int field_read(const struct field *field, const char *text, void *ret_value, struct err *err)
{
	if (value_read(field, text, ret_value, err) < 0)
		return -1;
	return range_check(field, text, ret_value, err);
}

const char *field_write(const struct field *field, const void *value, struct arena *arena)
{
	char buffer[64];
	double number;

	if (field_magnitude(field->type, value, &number))
		return arena_strdup(
			arena, field_limit_write(field->type, number, buffer, sizeof(buffer)));
	switch (field->type) {
	case FIELD_CHOICE:
		return field->choices[*(const int *)value];
	case FIELD_BOOLEAN:
		return *(const bool *)value ? "true" : "false";
	case FIELD_SIGNAL:
		return arena_strdup(
			arena, signal_name(*(const int *)value, buffer, sizeof(buffer)));
	case FIELD_TEXT:
	case FIELD_FILE:
		return arena_strdup(arena, value);
	case FIELD_TEXTS:
		return texts_write(field, value, arena);
	case FIELD_DURATION:
	case FIELD_PERCENT:
	case FIELD_RATE:
	case FIELD_SIZE:
	case FIELD_OVERHEAD:
	case FIELD_COUNT:
	case FIELD_GROUP:
		break;
	}
	return "";
}

const char *field_expected(const struct field *field)
{
	switch (field->type) {
	case FIELD_DURATION:
		return DURATION_EXPECTED;
	case FIELD_PERCENT:
		return PERCENT_EXPECTED;
	case FIELD_RATE:
		return RATE_EXPECTED;
	case FIELD_SIZE:
		return SIZE_EXPECTED;
	case FIELD_OVERHEAD:
		return OVERHEAD_EXPECTED;
	case FIELD_COUNT:
		return COUNT_EXPECTED;
	case FIELD_CHOICE:
		return "one of the choices";
	case FIELD_BOOLEAN:
		return BOOLEAN_EXPECTED;
	case FIELD_SIGNAL:
		return SIGNAL_EXPECTED;
	case FIELD_TEXT:
		return "text";
	case FIELD_FILE:
		return "the path of a file";
	case FIELD_TEXTS:
		return "a text or a list of texts";
	case FIELD_GROUP:
		break;
	}
	return "a mapping";
}
