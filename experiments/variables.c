/* SPDX-License-Identifier: Apache-2.0 */
/* ${name} in the values of an experiment, and what they must not reveal. */
#include <stdlib.h>
#include <string.h>

#include "experiments/nearest.h"
#include "experiments/quote.h"
#include "experiments/reader.h"

/* A value of this length or longer, after all replacements, is refused. */
#define EXPANDED_MAX ((size_t)64 * 1024)

static const struct variable *find(
	const struct experiment *experiment, const char *name, size_t length)
{
	for (size_t i = 0; i < experiment->variable_count; i++) {
		const struct variable *variable = &experiment->variables[i];

		if (strlen(variable->name) == length && strncmp(variable->name, name, length) == 0)
			return variable;
	}
	return NULL;
}

static int unknown_variable(
	const struct experiment *experiment, const char *name, size_t length, struct err *err)
{
	struct nearest nearest = nearest_begin(name, length);
	int shown = length > 60 ? 60 : (int)length;

	for (size_t i = 0; i < experiment->variable_count; i++)
		nearest_offer(&nearest, experiment->variables[i].name);
	if (nearest.best != NULL)
		return err_set(err, ERR_USAGE, 0, "unknown variable '%.*s' (did you mean '%s'?)",
			shown, name, nearest.best);
	return err_set(err, ERR_USAGE, 0, "unknown variable '%.*s'", shown, name);
}

struct output {
	char *text; /* heap */
	size_t length;
};

static int append(struct output *output, const char *text, size_t length, struct err *err)
{
	char *moved;

	if (output->length + length > EXPANDED_MAX)
		return err_set(err, ERR_USAGE, 0, "too long when its variables are replaced");
	moved = realloc(output->text, output->length + length + 1);
	if (moved == NULL)
		return err_set(err, ERR_SYSTEM, 0, "out of memory");
	output->text = moved;
	memcpy(output->text + output->length, text, length);
	output->length += length;
	output->text[output->length] = '\0';
	return 0;
}

static int expand(const struct experiment *experiment, const char *text, struct output *output,
	struct err *err)
{
	while (*text != '\0') {
		const char *dollar = strchr(text, '$');
		const struct variable *variable;
		const char *end;

		if (dollar == NULL)
			return append(output, text, strlen(text), err);
		if (append(output, text, (size_t)(dollar - text), err) < 0)
			return -1;
		if (dollar[1] == '$') {
			if (append(output, "$", 1, err) < 0)
				return -1;
			text = dollar + 2;
			continue;
		}
		if (dollar[1] != '{') {
			/* As in a regular expression: "^ok$". */
			if (append(output, "$", 1, err) < 0)
				return -1;
			text = dollar + 1;
			continue;
		}
		end = strchr(dollar, '}');
		if (end == NULL)
			return err_set(err, ERR_USAGE, 0, "'${' without its '}'; write $$ for a $");
		variable = find(experiment, dollar + 2, (size_t)(end - dollar - 2));
		if (variable == NULL)
			return unknown_variable(
				experiment, dollar + 2, (size_t)(end - dollar - 2), err);
		if (append(output, variable->value, strlen(variable->value), err) < 0)
			return -1;
		text = end + 1;
	}
	return append(output, "", 0, err);
}

const char *variables_expand(
	const struct experiment *experiment, struct arena *arena, const char *text, struct err *err)
{
	struct output output = {0};
	const char *result = NULL;

	if (strchr(text, '$') == NULL)
		return text;
	if (expand(experiment, text, &output, err) == 0)
		result = arena_strndup(arena, output.text, output.length);
	free(output.text);
	return result;
}

/* A message may show the beginning of a long value only: what stands before the mark of the cut and
 * begins a secret must go, too. */
static const char *redact_cut(struct arena *arena, const char *text, const char *secret)
{
	static const char mark[] = "…";
	const char *found = text;

	while ((found = strstr(found, mark)) != NULL) {
		size_t at = (size_t)(found - text);
		size_t length = strlen(secret);

		for (size_t k = length < at ? length : at; k > 0; k--) {
			if (memcmp(found - k, secret, k) != 0)
				continue;
			text = arena_printf(arena, "%.*s***%s", (int)(at - k), text, found);
			found = text + (at - k) + 3;
			break;
		}
		found += sizeof(mark) - 1;
	}
	return text;
}

const char *experiment_redact(
	const struct experiment *experiment, struct arena *arena, const char *text)
{
	for (size_t i = 0; i < experiment->variable_count; i++) {
		const struct variable *variable = &experiment->variables[i];
		const char *found;

		if (!variable->secret || variable->value[0] == '\0')
			continue;
		/* From the back to the front would be the same; "***" holds no secret. */
		for (size_t from = 0; (found = strstr(text + from, variable->value)) != NULL;) {
			size_t at = (size_t)(found - text);

			text = arena_printf(
				arena, "%.*s***%s", (int)at, text, found + strlen(variable->value));
			from = at + 3;
		}
		text = redact_cut(arena, text, variable->value);
	}
	return text;
}

static const char *setting_for(
	const struct setting *settings, size_t setting_count, const char *name)
{
	for (size_t i = setting_count; i-- > 0;)
		if (strcmp(settings[i].name, name) == 0)
			return settings[i].value;
	return NULL;
}

/* {env: NAME, secret: true, default: TEXT} */
static const char *read_long_form(
	struct reader *reader, const struct node *node, const char *setting, bool *ret_secret)
{
	static const char *const known[] = {"env", "secret", "default", "value", NULL};
	const char *environment = NULL;
	const char *value = NULL;

	reader_known_keys(reader, node, known);
	reader_get_bool(reader, node, "secret", ret_secret);
	reader_get_text(reader, node, "env", &environment);
	if (!reader_get_text(reader, node, "value", &value))
		reader_get_text(reader, node, "default", &value);
	if (setting != NULL)
		return setting;
	if (environment != NULL && getenv(environment) != NULL)
		return arena_strdup(reader->arena, getenv(environment));
	if (value == NULL && environment != NULL)
		reader_error(reader, node,
			"the environment variable '%s' is not set, and there is "
			"no default",
			quote(environment).text);
	else if (value == NULL)
		reader_error(reader, node, "a variable needs env, value or default");
	return value;
}

static void read_variable(struct reader *reader, const struct node_entry *entry,
	const struct setting *settings, size_t setting_count)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	struct experiment *experiment = reader->experiment;
	const char *name = entry->key->text;
	const char *setting = setting_for(settings, setting_count, name);
	struct variable variable = {.name = name};

	if (name[0] == '\0' || name[strspn(name, allowed)] != '\0') {
		reader_error(reader, entry->key,
			"a variable's name is made of letters, digits, '_', '-' and '.'");
		return;
	}
	if (entry->value->type == NODE_MAPPING)
		variable.value = read_long_form(reader, entry->value, setting, &variable.secret);
	else
		variable.value =
			setting != NULL ? setting : reader_text(reader, entry->value, name);
	if (variable.value == NULL)
		variable.value = "";
	variable.value = arena_strdup(reader->arena, variable.value);
	experiment->variables = arena_grow(reader->arena, experiment->variables,
		experiment->variable_count, sizeof(*experiment->variables));
	experiment->variables[experiment->variable_count++] = variable;
}

void variables_read(struct reader *reader, const struct node *node, const struct setting *settings,
	size_t setting_count)
{
	struct loc command_line = {NULL, 0, 0};

	if (node != NULL && reader_mapping(reader, node, "variables")) {
		for (size_t i = 0; i < node->count; i++)
			read_variable(reader, &node->entries[i], settings, setting_count);
	}
	for (size_t i = 0; i < setting_count; i++) {
		struct err err = {0};

		if (find(reader->experiment, settings[i].name, strlen(settings[i].name)) != NULL)
			continue;
		unknown_variable(
			reader->experiment, settings[i].name, strlen(settings[i].name), &err);
		command_line.file = reader->experiment->file;
		err_list_add(reader->errors, command_line, "--set %s: %s",
			quote(settings[i].name).text, err.message);
	}
}
