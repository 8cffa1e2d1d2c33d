/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_template.h"

#include <stdlib.h>
#include <string.h>

#include "reports/mem.h"

#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

/* Is there a name at text, and how long is it with what is around it? */
static size_t name_length(const char *text)
{
	const char *end;

	if (strncmp(text, "%{", 2) != 0)
		return 0;
	end = strchr(text, '}');
	return end == NULL ? 0 : (size_t)(end - text) + 1;
}

bool template_next(const char **cursor, struct template_part *ret_part)
{
	const char *text = *cursor;
	const size_t length = name_length(text);
	const char *end = text;

	if (*text == '\0')
		return false;
	if (length > 0) {
		*ret_part = (struct template_part){text + 2, length - 3, true};
		*cursor = text + length;
		return true;
	}
	/* The first of two signs is left out; the literal begins after it. */
	if (strncmp(text, "%%{", 3) == 0) {
		*ret_part = (struct template_part){text + 1, 2, false};
		*cursor = text + 3;
		return true;
	}
	do
		end++;
	while (*end != '\0' && name_length(end) == 0 && strncmp(end, "%%{", 3) != 0);
	*ret_part = (struct template_part){text, (size_t)(end - text), false};
	*cursor = end;
	return true;
}

void http_values_set(struct http_values *values, const char *name, char *value)
{
	for (size_t i = 0; i < values->count; i++) {
		if (strcmp(values->items[i].name, name) == 0) {
			free(values->items[i].value);
			values->items[i].value = value;
			return;
		}
	}
	values->items = xgrow(values->items, values->count, sizeof(*values->items));
	values->items[values->count].name = name;
	values->items[values->count].value = value;
	values->count++;
}

void http_values_clear(struct http_values *values)
{
	for (size_t i = 0; i < values->count; i++)
		free(values->items[i].value);
	free(values->items);
	*values = (struct http_values){0};
}

static const char *values_find(const struct http_values *values, const struct template_part *part)
{
	for (size_t i = 0; i < values->count; i++) {
		const char *name = values->items[i].name;

		if (strlen(name) == part->length && memcmp(name, part->text, part->length) == 0)
			return values->items[i].value;
	}
	return NULL;
}

struct expansion {
	char *text;
	size_t length;
	size_t size;
};

/* False: it would be too long. */
static bool append(struct expansion *expansion, const char *text, size_t length)
{
	if (length > HTTP_EXPANDED_MAX - expansion->length)
		return false;
	if (expansion->length + length + 1 > expansion->size) {
		const size_t size = (expansion->length + length + 1) * 2;
		char *larger = xcalloc(size, 1);

		if (expansion->length > 0)
			memcpy(larger, expansion->text, expansion->length);
		free(expansion->text);
		expansion->text = larger;
		expansion->size = size;
	}
	if (length > 0)
		memcpy(expansion->text + expansion->length, text, length);
	expansion->length += length;
	expansion->text[expansion->length] = '\0';
	return true;
}

static bool append_encoded(struct expansion *expansion, const char *value)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *value != '\0'; value++) {
		const unsigned char byte = (unsigned char)*value;
		const char encoded[] = {'%', digits[byte >> 4], digits[byte & 15]};
		const bool plain = strchr(UNRESERVED, *value) != NULL;

		if (!append(expansion, plain ? value : encoded, plain ? 1 : sizeof(encoded)))
			return false;
	}
	return true;
}

static enum outcome append_part(struct expansion *expansion, const struct template_part *part,
	enum template_place place, const struct http_values *values)
{
	const char *value;
	bool fits;

	if (!part->is_name)
		return append(expansion, part->text, part->length) ? OUTCOME_OK : OUTCOME_TOO_LARGE;
	value = values_find(values, part);
	if (value == NULL || (place == TEMPLATE_HEADER && strpbrk(value, "\r\n") != NULL))
		return OUTCOME_BODY;
	fits = place == TEMPLATE_URL ? append_encoded(expansion, value)
				     : append(expansion, value, strlen(value));
	return fits ? OUTCOME_OK : OUTCOME_TOO_LARGE;
}

enum outcome http_template_expand(const char *text, enum template_place place,
	const struct http_values *values, char **ret_text)
{
	struct expansion expansion = {0};
	struct template_part part;

	(void)append(&expansion, "", 0);
	while (template_next(&text, &part)) {
		const enum outcome outcome = append_part(&expansion, &part, place, values);

		if (outcome != OUTCOME_OK) {
			free(expansion.text);
			return outcome;
		}
	}
	*ret_text = expansion.text;
	return OUTCOME_OK;
}
