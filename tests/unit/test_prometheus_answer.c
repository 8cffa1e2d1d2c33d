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
	enum outcome outcome;
	double value;
	bool empty_is_right;
} rows[] = {
	{ANSWER("scalar", "[1.5,\"3\"]"), OUTCOME_OK, 3, false},
	{ANSWER("scalar", "[1.5,\"-3e0\"]"), OUTCOME_VALUE, -3, false},
	{ANSWER("scalar", "[1.5,\"NaN\"]"), OUTCOME_VALUE, NO_VALUE, false},
	{ANSWER("scalar", "[1.5,\"+Inf\"]"), OUTCOME_VALUE, NO_VALUE, false},
	{ANSWER("scalar", "[1.5,\"-Inf\"]"), OUTCOME_VALUE, NO_VALUE, false},
	{ANSWER("vector", "[{\"metric\":{},\"value\":[1,\"2\"]},{\"value\":[1,\"7.5\"]},"
			  "{\"value\":[1,\"3\"]}]"),
		OUTCOME_OK, 7.5, false},
	{ANSWER("vector", "[{\"value\":[1,\"2\"]},{\"value\":[1,\"11\"]},{\"value\":[1,\"99\"]}]"),
		OUTCOME_VALUE, 11, false},
	{ANSWER("vector", "[{\"value\":[1,\"NaN\"]},{\"value\":[1,\"2\"]}]"), OUTCOME_VALUE,
		NO_VALUE, false},
	{ANSWER("matrix", "[{\"values\":[[1,\"2\"],[2,\"4\"]]},{\"values\":[[1,\"3\"]]}]"),
		OUTCOME_OK, 4, false},
	{ANSWER("matrix", "[{\"values\":[[1,\"2\"],[2,\"0.5\"]]},{\"values\":[[1,\"3\"]]}]"),
		OUTCOME_VALUE, 0.5, false},
	{ANSWER("vector", "[]"), OUTCOME_BODY, NO_VALUE, false},
	{ANSWER("vector", "[]"), OUTCOME_OK, NO_VALUE, true},
	{ANSWER("matrix", "[]"), OUTCOME_OK, NO_VALUE, true},
	{ANSWER("matrix", "[{\"values\":[]}]"), OUTCOME_BODY, NO_VALUE, false},
	{ANSWER("vector", "[{\"histogram\":[1,{}]}]"), OUTCOME_BODY, NO_VALUE, true},
	{ANSWER("string", "[1,\"text\"]"), OUTCOME_BODY, NO_VALUE, true},
	{ANSWER("string", "[]"), OUTCOME_BODY, NO_VALUE, true},
	{"{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"x\"}", OUTCOME_BODY,
		NO_VALUE, true},
	{"{\"status\":\"success\"}", OUTCOME_PROTOCOL, NO_VALUE, true},
	{"{\"status\":\"fine\"}", OUTCOME_PROTOCOL, NO_VALUE, true},
	{"{\"status\":1}", OUTCOME_PROTOCOL, NO_VALUE, true},
	{"[]", OUTCOME_PROTOCOL, NO_VALUE, true},
	{"", OUTCOME_PROTOCOL, NO_VALUE, true},
	{"<html>", OUTCOME_PROTOCOL, NO_VALUE, true},
	{ANSWER("vector", "{}"), OUTCOME_PROTOCOL, NO_VALUE, true},
	{ANSWER("vector", "[1]"), OUTCOME_PROTOCOL, NO_VALUE, true},
	{ANSWER("vector", "[{\"value\":[1,\"2\"]},{\"value\":[1,2]}]"), OUTCOME_PROTOCOL, NO_VALUE,
		false},
	{ANSWER("vector", "[{\"value\":[1,\"inf\"]}]"), OUTCOME_PROTOCOL, NO_VALUE, false},
	{ANSWER("vector", "[{\"value\":[1,\"0x10\"]}]"), OUTCOME_PROTOCOL, NO_VALUE, false},
	{ANSWER("vector", "[{\"value\":[1,\"2e\"]}]"), OUTCOME_PROTOCOL, NO_VALUE, false},
	{ANSWER("vector", "[{\"value\":[1,\"\"]}]"), OUTCOME_PROTOCOL, NO_VALUE, false},
	{ANSWER("vector", "[{\"value\":\"2\"}]"), OUTCOME_PROTOCOL, NO_VALUE, false},
	{ANSWER("matrix", "[{\"values\":{}}]"), OUTCOME_PROTOCOL, NO_VALUE, false},
	{ANSWER("scalar", "[\"1\",\"2\"]"), OUTCOME_PROTOCOL, NO_VALUE, false},
};

START_TEST(answer_is_read)
{
	struct conditions conditions = {0};
	struct prometheus_answer answer;
	struct err err;

	ck_assert_int_eq(condition_parse(">= 1", &conditions, &err), 0);
	ck_assert_int_eq(condition_parse("<=10", &conditions, &err), 0);
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
