/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/variables.h"

#include <string.h>

#include "experiments/document.h"
#include "experiments/nearest.h"
#include "experiments/quote.h"

/* Bytes that all substitutions of a file may make: a value of 64 KiB, named in every text, must not
 * become gigabytes. */
#define WRITTEN_MAX ((size_t)2 * 1024 * 1024)
#define NAME_MAX    64

struct expansion {
	struct variables *variables;
	char *text; /* heap */
	size_t length;
	bool secret;
};

const struct setting *variables_setting(const struct variables *variables, const char *name)
{
	/* the last one counts, as with any option that is given twice */
	for (size_t i = variables->setting_count; i-- > 0;) {
		if (strcmp(variables->settings[i].name, name) == 0)
			return &variables->settings[i];
	}
	return NULL;
}

static bool is_name_character(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
	       (character >= '0' && character <= '9') || character == '_' || character == '-' ||
	       character == '.';
}

bool variable_name_ok(const char *name)
{
	size_t length = strlen(name);

	for (; *name != '\0'; name++) {
		if (!is_name_character(*name))
			return false;
	}
	return length > 0 && length <= NAME_MAX;
}

static const struct variable *find(
	const struct variables *variables, const char *name, size_t length)
{
	for (size_t i = 0; i < variables->count; i++) {
		const char *known = variables->items[i].name;

		if (strlen(known) == length && strncmp(known, name, length) == 0)
			return &variables->items[i];
	}
	return NULL;
}

static int unknown(struct variables *variables, const char *name, size_t length, struct err *err)
{
	struct nearest nearest = nearest_begin(name, length);
	cleanup_free char *copy = xasprintf("%.*s", (int)length, name);

	if (variables->incomplete)
		return -1;
	if (variables->text_private)
		return err_set(err, ERR_USAGE, 0, "names a variable that is not above it");
	/* more are not shown, and comparing takes its time */
	if (++variables->unknown > ERR_LIST_MAX)
		nearest = (struct nearest){0};
	for (size_t i = 0; i < variables->count; i++)
		nearest_offer(&nearest, variables->items[i].name);
	if (nearest.best != NULL)
		return err_set(err, ERR_USAGE, 0, "no variable '%s' (did you mean '%s'?)",
			quote(copy).text, quote(nearest.best).text);
	return err_set(err, ERR_USAGE, 0,
		"no variable '%s'; one may name those above it, and $$ is a dollar sign",
		quote(copy).text);
}

static int append(struct expansion *expansion, const char *text, size_t length, struct err *err)
{
	struct variables *variables = expansion->variables;

	if (expansion->length + length > DOCUMENT_SCALAR_MAX)
		return err_set(err, ERR_USAGE, 0, "more than %zu KiB with its variables",
			DOCUMENT_SCALAR_MAX / 1024);
	if (variables->written + length > WRITTEN_MAX)
		return err_set(err, ERR_USAGE, 0,
			"the variables of this file make it larger than %zu KiB",
			WRITTEN_MAX / 1024);
	variables->written += length;
	memcpy(expansion->text + expansion->length, text, length);
	expansion->length += length;
	return 0;
}

/* *cursor is behind "${" and ends up behind "}". */
static int append_variable(struct expansion *expansion, const char **cursor, struct err *err)
{
	const char *name = *cursor;
	size_t length = strcspn(name, "}");
	const struct variable *variable;

	if (name[length] == '\0')
		return err_set(
			err, ERR_USAGE, 0, "'${' without its '}'; write $$ for a dollar sign");
	variable = find(expansion->variables, name, length);
	if (variable == NULL)
		return unknown(expansion->variables, name, length, err);
	if (variable->value == NULL)
		return -1;
	*cursor += length + 1;
	expansion->secret = expansion->secret || variable->secret;
	return append(expansion, variable->value, strlen(variable->value), err);
}

static int expand(struct expansion *expansion, const char *text, struct err *err)
{
	while (*text != '\0') {
		const char *dollar = strchrnul(text, '$');
		int result;

		if (append(expansion, text, (size_t)(dollar - text), err) < 0)
			return -1;
		text = dollar;
		if (*text == '\0')
			break;
		text++;
		if (*text == '{') {
			text++;
			result = append_variable(expansion, &text, err);
		} else {
			text += *text == '$' ? 1 : 0;
			result = append(expansion, "$", 1, err);
		}
		if (result < 0)
			return -1;
	}
	return 0;
}

int variables_expand(struct variables *variables, struct arena *arena, const char *text,
	const char **ret_text, bool *ret_secret, struct err *err)
{
	struct expansion expansion = {.variables = variables};
	int result;

	if (strchr(text, '$') == NULL) {
		*ret_text = text;
		*ret_secret = false;
		return 0;
	}
	memset(err, 0, sizeof(*err));
	expansion.text = xcalloc(1, DOCUMENT_SCALAR_MAX + 1);
	result = expand(&expansion, text, err);
	if (result == 0) {
		*ret_text = arena_strndup(arena, expansion.text, expansion.length);
		*ret_secret = expansion.secret;
	}
	free(expansion.text);
	return result;
}
