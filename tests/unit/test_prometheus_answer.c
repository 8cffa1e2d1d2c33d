/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/prometheus_answer.h"
#include "reports/err.h"

#define ANSWER(type, result)                                                                       \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"" type "\",\"result\":" result "}}"
#define NO_VALUE (-12345.0)

/* The conditions are ">= 1" and "<= 10". */
static const struct {
	const char *text;
	double value;
	enum outcome outcome;
	bool empty_is_right;
} rows[] = {
	{ANSWER("scalar", "[1.5,\"3\"]"), 3, OUTCOME_OK, false},
	{ANSWER("scalar", "[1.5,\"-3e0\"]"), -3, OUTCOME_VALUE, false},
	{ANSWER("scalar", "[1.5,\"NaN\"]"), NO_VALUE, OUTCOME_VALUE, false},
	{ANSWER("scalar", "[1.5,\"+Inf\"]"), NO_VALUE, OUTCOME_VALUE, false},
	{ANSWER("scalar", "[1.5,\"-Inf\"]"), NO_VALUE, OUTCOME_VALUE, false},
	{ANSWER("vector", "[{\"metric\":{},\"value\":[1,\"2\"]},{\"value\":[1,\"7.5\"]},"
			  "{\"value\":[1,\"3\"]}]"),
		7.5, OUTCOME_OK, false},
	{ANSWER("vector", "[{\"value\":[1,\"2\"]},{\"value\":[1,\"11\"]},{\"value\":[1,\"99\"]}]"),
		11, OUTCOME_VALUE, false},
	{ANSWER("vector", "[{\"value\":[1,\"NaN\"]},{\"value\":[1,\"2\"]}]"), NO_VALUE,
		OUTCOME_VALUE, false},
	{ANSWER("matrix", "[{\"values\":[[1,\"2\"],[2,\"4\"]]},{\"values\":[[1,\"3\"]]}]"), 4,
		OUTCOME_OK, false},
	{ANSWER("matrix", "[{\"values\":[[1,\"2\"],[2,\"0.5\"]]},{\"values\":[[1,\"3\"]]}]"), 0.5,
		OUTCOME_VALUE, false},
	{ANSWER("vector", "[]"), NO_VALUE, OUTCOME_BODY, false},
	{ANSWER("vector", "[]"), NO_VALUE, OUTCOME_OK, true},
	{ANSWER("matrix", "[]"), NO_VALUE, OUTCOME_OK, true},
	{ANSWER("matrix", "[{\"values\":[]}]"), NO_VALUE, OUTCOME_BODY, false},
	{ANSWER("vector", "[{\"histogram\":[1,{}]}]"), NO_VALUE, OUTCOME_BODY, true},
	{ANSWER("string", "[1,\"text\"]"), NO_VALUE, OUTCOME_BODY, true},
	{ANSWER("string", "[]"), NO_VALUE, OUTCOME_BODY, true},
	{"{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"x\"}", NO_VALUE,
		OUTCOME_BODY, true},
	{"{\"status\":\"success\"}", NO_VALUE, OUTCOME_PROTOCOL, true},
	{"{\"status\":\"fine\"}", NO_VALUE, OUTCOME_PROTOCOL, true},
	{"{\"status\":1}", NO_VALUE, OUTCOME_PROTOCOL, true},
	{"[]", NO_VALUE, OUTCOME_PROTOCOL, true},
	{"", NO_VALUE, OUTCOME_PROTOCOL, true},
	{"<html>", NO_VALUE, OUTCOME_PROTOCOL, true},
	{ANSWER("vector", "{}"), NO_VALUE, OUTCOME_PROTOCOL, true},
	{ANSWER("vector", "[1]"), NO_VALUE, OUTCOME_PROTOCOL, true},
	{ANSWER("vector", "[{\"value\":[1,\"2\"]},{\"value\":[1,2]}]"), NO_VALUE, OUTCOME_PROTOCOL,
		false},
	{ANSWER("vector", "[{\"value\":[1,\"inf\"]}]"), NO_VALUE, OUTCOME_PROTOCOL, false},
	{ANSWER("vector", "[{\"value\":[1,\"0x10\"]}]"), NO_VALUE, OUTCOME_PROTOCOL, false},
	{ANSWER("vector", "[{\"value\":[1,\"2e\"]}]"), NO_VALUE, OUTCOME_PROTOCOL, false},
	{ANSWER("vector", "[{\"value\":[1,\"\"]}]"), NO_VALUE, OUTCOME_PROTOCOL, false},
	{ANSWER("vector", "[{\"value\":\"2\"}]"), NO_VALUE, OUTCOME_PROTOCOL, false},
	{ANSWER("matrix", "[{\"values\":{}}]"), NO_VALUE, OUTCOME_PROTOCOL, false},
	{ANSWER("scalar", "[\"1\",\"2\"]"), NO_VALUE, OUTCOME_PROTOCOL, false},
};

START_TEST(answer_is_read)
{
	struct number_range conditions = {0};
	struct prometheus_answer answer;
	struct err err;

	ck_assert_int_eq(number_range_add(">= 1", &conditions, &err), 0);
	ck_assert_int_eq(number_range_add("<=10", &conditions, &err), 0);
	answer = prometheus_answer_read(
		rows[_i].text, strlen(rows[_i].text), &conditions, rows[_i].empty_is_right);
	ck_assert_str_eq(outcome_name(answer.outcome), outcome_name(rows[_i].outcome));
	ck_assert_msg(answer.has_value == (rows[_i].value > NO_VALUE || rows[_i].value < NO_VALUE),
		"%s", rows[_i].text);
	if (answer.has_value)
		ck_assert_double_eq(answer.value, rows[_i].value);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prometheus_answer");
	TCase *tests = tcase_create("prometheus_answer");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, answer_is_read, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
