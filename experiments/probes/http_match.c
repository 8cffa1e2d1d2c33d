/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_match.h"

#include <regex.h>
#include <string.h>

#include "experiments/probes/json_path.h"
#include "reports/mem.h"

struct http_match {
	const struct http_probe *probe;
	bool has_expression;
	regex_t expression;
	struct json_path *path; /* NULL: not asked */
};

static int expression_compile(struct http_match *match, struct err *err)
{
	const char *text = match->probe->body_matches;
	int result = regcomp(&match->expression, text, REG_EXTENDED | REG_NOSUB);

	if (result != 0) {
		char reason[128];

		(void)regerror(result, &match->expression, reason, sizeof(reason));
		return err_set(err, ERR_USAGE, 0, "regular expression \"%s\": %s", text, reason);
	}
	match->has_expression = true;
	return 0;
}

int http_match_new(const struct http_probe *probe, struct http_match **ret_match, struct err *err)
{
	struct http_match *match = xcalloc(1, sizeof(*match));

	match->probe = probe;
	if ((probe->body_matches != NULL && expression_compile(match, err) != 0) ||
		(probe->json_path != NULL &&
			json_path_parse(probe->json_path, &match->path, err) != 0)) {
		http_match_free(match);
		return -1;
	}
	*ret_match = match;
	return 0;
}

void http_match_free(struct http_match *match)
{
	if (match == NULL)
		return;
	if (match->has_expression)
		regfree(&match->expression);
	json_path_free(match->path);
	free(match);
}

bool http_match_wants_body(const struct http_match *match)
{
	return match->probe->body_contains != NULL || match->has_expression || match->path != NULL;
}

static bool status_matches(const struct http_probe *probe, long status)
{
	if (probe->status_count == 0)
		return status >= 200 && status <= 299;
	for (size_t i = 0; i < probe->status_count; i++)
		if (probe->statuses[i] == status)
			return true;
	return false;
}

static bool json_matches(const struct http_match *match, const char *body, size_t length)
{
	const char *expected = match->probe->json_equals;
	cJSON *root = cJSON_ParseWithLength(body, length);
	const cJSON *value = root != NULL ? json_path_find(match->path, root) : NULL;
	bool matches = value != NULL && (expected == NULL || json_value_equals(value, expected));

	cJSON_Delete(root);
	return matches;
}

static bool body_matches(const struct http_match *match, const char *body, size_t length)
{
	const char *contains = match->probe->body_contains;

	if (contains != NULL && memmem(body, length, contains, strlen(contains)) == NULL)
		return false;
	if (match->has_expression && regexec(&match->expression, body, 0, NULL, 0) != 0)
		return false;
	return match->path == NULL || json_matches(match, body, length);
}

enum outcome http_match_judge(
	const struct http_match *match, long status, const char *body, size_t length)
{
	if (!status_matches(match->probe, status))
		return OUTCOME_STATUS;
	return body_matches(match, body, length) ? OUTCOME_OK : OUTCOME_BODY;
}
