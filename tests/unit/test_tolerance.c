/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/tolerance.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	enum metric metric;
	const char *text;
	double holds;
	double breaks;
} cases[] = {
	{METRIC_SUCCESS, ">= 99%", 99, 98.999},
	{METRIC_SUCCESS, ">=99%", 100, 0},
	{METRIC_SUCCESS, "> 99%", 99.001, 99},
	{METRIC_SUCCESS, "< 20%", 19.999, 20},
	{METRIC_SUCCESS, "== 100%", 100, 99.999},
	{METRIC_SUCCESS, "= 100%", 100, 99.999},
	{METRIC_P95, "<= 250ms", 250, 250.001},
	{METRIC_P95, "<  1.5s", 1499.999, 1500},
	{METRIC_MAX, "<= 500us", 0.5, 0.501},
	{METRIC_MEAN, "> 0", 0.001, 0},
};

START_TEST(tolerance_reads)
{
	struct tolerance tolerance;
	struct err err = {0};

	ck_assert_msg(tolerance_parse(cases[_i].metric, cases[_i].text, &tolerance, &err) == 0,
		"%s", err.message);
	ck_assert_int_eq(tolerance.metric, cases[_i].metric);
	ck_assert_ptr_eq(tolerance.text, cases[_i].text);
	ck_assert(tolerance_holds(&tolerance, cases[_i].holds));
	ck_assert(!tolerance_holds(&tolerance, cases[_i].breaks));
}
END_TEST

static const struct {
	enum metric metric;
	const char *text;
	const char *message;
} wrong[] = {
	{METRIC_SUCCESS, "99%", "expected a comparison such as \">= 99%\", not '99%'"},
	{METRIC_SUCCESS, "", "expected a comparison such as \">= 99%\", not ''"},
	{METRIC_SUCCESS, "=> 99%", "expected a percentage such as 5% or 0.1%, not '> 99%'"},
	{METRIC_SUCCESS, ">= 99", "'99' has no unit: write 99%"},
	{METRIC_SUCCESS, ">= 250ms", "expected a percentage such as 5% or 0.1%, not '250ms'"},
	{METRIC_P95, "250ms", "expected a comparison such as \"<= 250ms\", not '250ms'"},
	{METRIC_P95, "<= 250", "'250' has no unit: write 250ms or 250s"},
	{METRIC_P95, "<= 99%", "expected a duration such as 200ms, 1.5s or 2m, not '99%'"},
	{METRIC_P95, "!= 250ms", "expected a comparison such as \"<= 250ms\", not '!= 250ms'"},
	{METRIC_P95, "<=", "expected a duration such as 200ms, 1.5s or 2m, not ''"},
};

START_TEST(tolerance_refuses)
{
	struct tolerance tolerance;
	struct err err = {0};

	ck_assert_int_eq(tolerance_parse(wrong[_i].metric, wrong[_i].text, &tolerance, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_str_eq(err.message, wrong[_i].message);
}
END_TEST

START_TEST(metrics_have_names)
{
	enum metric found;

	for (int metric = 0; metric < METRIC_COUNT; metric++) {
		ck_assert(metric_find(metric_name((enum metric)metric), &found));
		ck_assert_int_eq(found, metric);
		ck_assert_str_eq(metric_unit(found), metric == METRIC_SUCCESS ? "%" : "ms");
	}
	ck_assert(metric_find("p999", &found));
	ck_assert_int_eq(found, METRIC_P999);
	ck_assert(!metric_find("p42", &found));
	ck_assert(!metric_find("", &found));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tolerance");
	TCase *tests = tcase_create("tolerance");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, tolerance_reads, 0, COUNT(cases));
	tcase_add_loop_test(tests, tolerance_refuses, 0, COUNT(wrong));
	tcase_add_test(tests, metrics_have_names);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
