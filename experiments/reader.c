/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "experiments/nearest.h"
#include "experiments/quote.h"
#include "experiments/units.h"

void reader_error(struct reader *reader, const struct node *node, const char *format, ...)
{
	va_list arguments;
	char text[512];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	err_list_add(reader->errors, node->loc, "%s",
		experiment_redact(reader->experiment, reader->arena, text));
}

void reader_wrong(
	struct reader *reader, const struct node *node, const char *key, const struct err *err)
{
	reader_error(reader, node, "%s: %s", key, err->message);
}

bool reader_mapping(struct reader *reader, const struct node *node, const char *what)
{
	if (node->type == NODE_MAPPING)
		return true;
	reader_error(reader, node, "%s must be a mapping, not %s", what, node_type_name(node));
	return false;
}

static bool is_known(const char *const *known, const char *key)
{
	for (; *known != NULL; known++)
		if (strcmp(*known, key) == 0)
			return true;
	return false;
}

void reader_known_keys(struct reader *reader, const struct node *mapping, const char *const *known)
{
	for (size_t i = 0; i < mapping->count; i++) {
		const struct node *key = mapping->entries[i].key;
		struct nearest nearest = nearest_begin(key->text, strlen(key->text));

		if (is_known(known, key->text))
			continue;
		for (const char *const *name = known; *name != NULL; name++)
			nearest_offer(&nearest, *name);
		if (nearest.best != NULL)
			reader_error(reader, key, "unknown key '%s' (did you mean '%s'?)",
				quote(key->text).text, nearest.best);
		else
			reader_error(reader, key, "unknown key '%s'", quote(key->text).text);
	}
}

const char *reader_text(struct reader *reader, const struct node *node, const char *key)
{
	struct err err = {0};
	const char *text;

	if (node->type != NODE_SCALAR || node_is_null(node)) {
		reader_error(reader, node, "%s must be a text, not %s", key, node_type_name(node));
		return NULL;
	}
	text = variables_expand(reader->experiment, reader->arena, node->text, &err);
	if (text == NULL)
		reader_wrong(reader, node, key, &err);
	return text;
}

bool reader_get_text(
	struct reader *reader, const struct node *mapping, const char *key, const char **value)
{
	const struct node *node = node_find(mapping, key);
	const char *text;

	if (node == NULL)
		return false;
	text = reader_text(reader, node, key);
	if (text != NULL)
		*value = text;
	return true;
}

bool reader_get_duration(
	struct reader *reader, const struct node *mapping, const char *key, int64_t *value)
{
	const struct node *node = node_find(mapping, key);
	struct err err = {0};
	const char *text;

	if (node == NULL)
		return false;
	text = reader_text(reader, node, key);
	if (text != NULL && duration_parse(text, value, &err) < 0)
		reader_wrong(reader, node, key, &err);
	return true;
}

bool reader_get_bool(
	struct reader *reader, const struct node *mapping, const char *key, bool *value)
{
	const struct node *node = node_find(mapping, key);
	const char *text;

	if (node == NULL)
		return false;
	text = reader_text(reader, node, key);
	if (text == NULL)
		return true;
	if (strcmp(text, "true") == 0)
		*value = true;
	else if (strcmp(text, "false") == 0)
		*value = false;
	else
		reader_error(reader, node, "%s: expected true or false, not '%s'", key,
			quote(text).text);
	return true;
}

static void add_text(struct reader *reader, const struct node *node, const char *key,
	int (*check)(const char *text, struct err *err), const char ***texts, size_t *count)
{
	const char *text = reader_text(reader, node, key);
	struct err err = {0};

	if (text == NULL)
		return;
	if (text[0] == '\0') {
		reader_error(reader, node, "%s must not be empty", key);
		return;
	}
	if (check != NULL && check(text, &err) < 0) {
		reader_wrong(reader, node, key, &err);
		return;
	}
	*texts = arena_grow(reader->arena, *texts, *count, sizeof(**texts));
	(*texts)[(*count)++] = text;
}

void reader_get_texts(struct reader *reader, const struct node *node, const char *key,
	int (*check)(const char *text, struct err *err), const char ***texts, size_t *count)
{
	if (node->type != NODE_LIST) {
		add_text(reader, node, key, check, texts, count);
		return;
	}
	if (node->count == 0)
		reader_error(reader, node, "%s: the list is empty", key);
	for (size_t i = 0; i < node->count; i++)
		add_text(reader, node->entries[i].value, key, check, texts, count);
}
