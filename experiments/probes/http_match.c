/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_match.h"

#include <string.h>

#include "experiments/probes/json_path.h"
#include "faults/expression.h"
#include "faults/pattern.h"
#include "reports/mem.h"

/* One of the probe's checks of JSON. */
struct json_test {
	const struct json_check *check;
	struct json_path *path;
	regex_t *expression; /* NULL: not asked */
};

struct http_match {
	const struct http_probe *probe;
	regex_t *expression; /* NULL: not asked */
	struct json_test *tests;
	size_t test_count;
};

static int expressions_compile(struct http_match *match, struct err *err)
{
	const struct http_probe *probe = match->probe;

	if (probe->body_matches != NULL &&
		expression_new(probe->body_matches, &match->expression, err) != 0)
		return -1;
	match->tests = xcalloc(probe->json_check_count, sizeof(*match->tests));
	for (size_t i = 0; i < probe->json_check_count; i++) {
		struct json_test *test = &match->tests[match->test_count++];

		test->check = &probe->json_checks[i];
		if (json_path_parse(test->check->path, &test->path, err) != 0)
			return -1;
		if (test->check->matches != NULL &&
			expression_new(test->check->matches, &test->expression, err) != 0)
			return -1;
	}
	return 0;
}

int http_match_new(const struct http_probe *probe, struct http_match **ret_match, struct err *err)
{
	struct http_match *match = xcalloc(1, sizeof(*match));

	match->probe = probe;
	if (expressions_compile(match, err) != 0) {
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
	expression_free(match->expression);
	for (size_t i = 0; i < match->test_count; i++) {
		json_path_free(match->tests[i].path);
		expression_free(match->tests[i].expression);
	}
	free(match->tests);
	free(match);
}

bool http_match_wants_body(const struct http_match *match)
{
	return match->probe->body_equals != NULL || match->probe->body_contains != NULL ||
	       match->expression != NULL || match->test_count > 0;
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

static void json_judge(
	const struct json_test *test, const cJSON *root, struct http_finding *finding)
{
	const struct json_check *check = test->check;
	const cJSON *value = json_path_find(test->path, root);
	bool right = value != NULL;

	if (right && check->equals != NULL)
		right = json_value_equals(value, check->equals);
	if (right && test->expression != NULL)
		right = cJSON_IsString(value) &&
			regexec(test->expression, value->valuestring, 0, NULL, 0) == 0;
	if (right && check->conditions.count > 0) {
		right = cJSON_IsNumber(value);
		if (right) {
			finding->value = value->valuedouble;
			finding->has_value = true;
			if (!number_range_holds(&check->conditions, value->valuedouble))
				finding->outcome = OUTCOME_VALUE;
		}
	}
	if (!right)
		finding->outcome = OUTCOME_BODY;
}

static void json_find(const struct http_match *match, const char *body, size_t length,
	struct http_finding *finding)
{
	cJSON *root = cJSON_ParseWithLength(body, length);

	if (root == NULL)
		finding->outcome = OUTCOME_BODY;
	for (size_t i = 0; i < match->test_count && finding->outcome == OUTCOME_OK; i++)
		json_judge(&match->tests[i], root, finding);
	cJSON_Delete(root);
}

static bool text_matches(const struct http_match *match, const char *body, size_t length)
{
	const char *equals = match->probe->body_equals;
	const char *contains = match->probe->body_contains;

	if (equals != NULL && (strlen(equals) != length || memcmp(body, equals, length) != 0))
		return false;
	if (contains != NULL && memmem(body, length, contains, strlen(contains)) == NULL)
		return false;
	return match->expression == NULL || regexec(match->expression, body, 0, NULL, 0) == 0;
}

struct http_finding http_match_find(
	const struct http_match *match, long status, const char *body, size_t length)
{
	struct http_finding finding = {.outcome = OUTCOME_OK};

	if (!status_matches(match->probe, status))
		finding.outcome = OUTCOME_STATUS;
	else if (!text_matches(match, body, length))
		finding.outcome = OUTCOME_BODY;
	else if (match->test_count > 0)
		json_find(match, body, length, &finding);
	return finding;
}

bool http_match_headers(const struct http_match *match, http_header_find *find, void *data)
{
	for (size_t i = 0; i < match->probe->header_check_count; i++) {
		const struct header *check = &match->probe->header_checks[i];
		const char *value;
		bool right = false;

		/* Of several of that name, one must be right. */
		for (size_t j = 0; !right && (value = find(data, check->name, j)) != NULL; j++)
			right = pattern_match(check->value, value);
		if (!right)
			return false;
	}
	return true;
}
