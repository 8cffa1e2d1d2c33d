/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/json_path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "reports/mem.h"

struct step {
	char *name; /* owned; NULL: an index */
	int index;  /* negative: from the end */
};

struct json_path {
	struct step *steps;
	size_t count;
};

static struct step *step_add(struct json_path *path)
{
	path->steps = xgrow(path->steps, path->count, sizeof(*path->steps));
	return &path->steps[path->count++];
}

static int parse_error(struct err *err, const char *text, const char *at, const char *expected)
{
	return err_set(err, ERR_USAGE, 0, "JSON path \"%s\": expected %s at character %zu", text,
		expected, (size_t)(at - text) + 1);
}

/* After the dot: up to the next dot or bracket. */
static int name_parse(
	struct json_path *path, const char *text, const char **cursor, struct err *err)
{
	size_t length = strcspn(*cursor, ".[]*'\" ");

	if (length == 0)
		return parse_error(err, text, *cursor, "a member name");
	step_add(path)->name = strndup(*cursor, length);
	if (path->steps[path->count - 1].name == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "JSON path");
	*cursor += length;
	return 0;
}

/* After the bracket: 'name' or "name", with a backslash before a quote or backslash. */
static int quoted_parse(
	struct json_path *path, const char *text, const char **cursor, struct err *err)
{
	char quote = *(*cursor)++;
	char *name = xcalloc(strlen(*cursor) + 1, 1);
	size_t length = 0;

	step_add(path)->name = name;
	while (**cursor != '\0' && **cursor != quote) {
		if (**cursor == '\\' && ((*cursor)[1] == quote || (*cursor)[1] == '\\'))
			(*cursor)++;
		name[length++] = *(*cursor)++;
	}
	if (**cursor != quote)
		return parse_error(err, text, *cursor, "a closing quote");
	(*cursor)++;
	return 0;
}

static int index_parse(
	struct json_path *path, const char *text, const char **cursor, struct err *err)
{
	const char *digits = *cursor + (**cursor == '-' ? 1 : 0);
	char *end;
	long value;

	if (*digits < '0' || *digits > '9')
		return parse_error(err, text, *cursor, "an index or a quoted name");
	errno = 0;
	value = strtol(*cursor, &end, 10);
	if (errno != 0 || value > INT_MAX || value < -INT_MAX)
		return parse_error(err, text, *cursor, "a smaller index");
	step_add(path)->index = (int)value;
	*cursor = end;
	return 0;
}

static int bracket_parse(
	struct json_path *path, const char *text, const char **cursor, struct err *err)
{
	int result;

	if (**cursor == '\'' || **cursor == '"')
		result = quoted_parse(path, text, cursor, err);
	else
		result = index_parse(path, text, cursor, err);
	if (result != 0)
		return -1;
	if (**cursor != ']')
		return parse_error(err, text, *cursor, "\"]\"");
	(*cursor)++;
	return 0;
}

static int steps_parse(struct json_path *path, const char *text, struct err *err)
{
	const char *cursor = text;

	if (*cursor != '$')
		return parse_error(err, text, cursor, "\"$\"");
	cursor++;
	while (*cursor != '\0') {
		char first = *cursor++;
		int result;

		if (first == '.')
			result = name_parse(path, text, &cursor, err);
		else if (first == '[')
			result = bracket_parse(path, text, &cursor, err);
		else
			result = parse_error(err, text, cursor - 1, "\".\" or \"[\"");
		if (result != 0)
			return -1;
	}
	return 0;
}

int json_path_parse(const char *text, struct json_path **ret_path, struct err *err)
{
	struct json_path *path = xcalloc(1, sizeof(*path));

	if (steps_parse(path, text, err) != 0) {
		json_path_free(path);
		return -1;
	}
	*ret_path = path;
	return 0;
}

void json_path_free(struct json_path *path)
{
	if (path == NULL)
		return;
	for (size_t i = 0; i < path->count; i++)
		free(path->steps[i].name);
	free(path->steps);
	free(path);
}

const cJSON *json_path_find(const struct json_path *path, const cJSON *root)
{
	const cJSON *value = root;

	for (size_t i = 0; i < path->count && value != NULL; i++) {
		const struct step *step = &path->steps[i];

		if (step->name != NULL) {
			value = cJSON_IsObject(value)
					? cJSON_GetObjectItemCaseSensitive(value, step->name)
					: NULL;
		} else if (cJSON_IsArray(value)) {
			int index = step->index;

			if (index < 0)
				index += cJSON_GetArraySize(value);
			value = cJSON_GetArrayItem(value, index);
		} else {
			value = NULL;
		}
	}
	return value;
}

bool json_value_equals(const cJSON *value, const char *expected)
{
	cJSON *parsed;
	bool equal;

	if (cJSON_IsString(value) && strcmp(value->valuestring, expected) == 0)
		return true;
	parsed = cJSON_ParseWithOpts(expected, NULL, true);
	equal = parsed != NULL && cJSON_Compare(value, parsed, true);
	cJSON_Delete(parsed);
	return equal;
}
