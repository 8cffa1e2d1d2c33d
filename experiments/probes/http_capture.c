/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_capture.h"

#include <string.h>

#include "experiments/probes/json_path.h"
#include "faults/expression.h"
#include "reports/mem.h"

/* How one value is found. */
struct finder {
	const struct http_capture *capture;
	struct json_path *path; /* NULL: not by that */
	regex_t *expression;
};

struct http_captures {
	struct finder *finders;
	size_t count;
	bool wants_json;
	bool wants_body;
};

static int finder_open(struct finder *finder, struct err *err)
{
	const struct http_capture *capture = finder->capture;

	if (capture->json != NULL)
		return json_path_parse(capture->json, &finder->path, err);
	if (capture->matches != NULL)
		return expression_new(capture->matches, &finder->expression, err);
	return 0;
}

int http_captures_new(
	const struct http_step *step, struct http_captures **ret_captures, struct err *err)
{
	struct http_captures *captures = xcalloc(1, sizeof(*captures));

	captures->finders = xcalloc(step->capture_count, sizeof(*captures->finders));
	for (size_t i = 0; i < step->capture_count; i++) {
		struct finder *finder = &captures->finders[captures->count++];

		finder->capture = &step->captures[i];
		if (finder_open(finder, err) != 0) {
			http_captures_free(captures);
			return -1;
		}
		captures->wants_json |= finder->path != NULL;
		captures->wants_body |= finder->path != NULL || finder->expression != NULL;
	}
	*ret_captures = captures;
	return 0;
}

void http_captures_free(struct http_captures *captures)
{
	if (captures == NULL)
		return;
	for (size_t i = 0; i < captures->count; i++) {
		json_path_free(captures->finders[i].path);
		expression_free(captures->finders[i].expression);
	}
	free(captures->finders);
	free(captures);
}

bool http_captures_want_body(const struct http_captures *captures)
{
	return captures->wants_body;
}

/* A text as it is, everything else as JSON; null is nothing. */
static char *take_json(const struct json_path *path, const cJSON *root)
{
	const cJSON *value = root != NULL ? json_path_find(path, root) : NULL;

	if (value == NULL || cJSON_IsNull(value))
		return NULL;
	return cJSON_IsString(value) ? xstrdup(value->valuestring) : cJSON_PrintUnformatted(value);
}

/* The first group, or the whole match if the expression has none. */
static char *take_match(const regex_t *expression, const char *body)
{
	regmatch_t matches[2];
	const regmatch_t *match = &matches[expression->re_nsub > 0 ? 1 : 0];

	if (regexec(expression, body, 2, matches, 0) != 0 || match->rm_so < 0)
		return NULL;
	return xasprintf("%.*s", (int)(match->rm_eo - match->rm_so), body + match->rm_so);
}

static char *take(const struct finder *finder, http_header_find *find, void *data,
	const cJSON *root, const char *body)
{
	const char *value;

	if (finder->path != NULL)
		return take_json(finder->path, root);
	if (finder->expression != NULL)
		return take_match(finder->expression, body);
	value = find(data, finder->capture->header, 0);
	return value != NULL ? xstrdup(value) : NULL;
}

enum outcome http_captures_take(const struct http_captures *captures, http_header_find *find,
	void *data, const char *body, size_t length, struct http_values *values)
{
	cJSON *root = captures->wants_json ? cJSON_ParseWithLength(body, length) : NULL;
	enum outcome outcome = OUTCOME_OK;

	for (size_t i = 0; i < captures->count && outcome == OUTCOME_OK; i++) {
		const struct finder *finder = &captures->finders[i];
		char *value = take(finder, find, data, root, body);

		if (value == NULL)
			outcome = OUTCOME_BODY;
		else if (strlen(value) > HTTP_VALUE_MAX)
			outcome = OUTCOME_TOO_LARGE;
		if (outcome == OUTCOME_OK)
			http_values_set(values, finder->capture->name, value);
		else
			free(value);
	}
	cJSON_Delete(root);
	return outcome;
}
