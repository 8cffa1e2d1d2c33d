/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/tolerance.h"

#include <check.h>
#include <math.h>
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
	{METRIC_THROUGHPUT, ">= 100/s", 100, 99.9},
	{METRIC_THROUGHPUT, ">= 60/m", 1, 0.9},
	{METRIC_DUPLICATES, "<= 3", 3, 4},
	{METRIC_ERRORS, "<= 1%", 1, 1.1},
	{METRIC_VALUE_MAX, "<= -0.5", -0.5, 0},
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
	{METRIC_P95, "<= baseline 2", "expected *, /, + or - after what is compared with, not '2'"},
	{METRIC_P95, "<= baseline *", "expected a factor above 0 such as 2 or 1.1, not ''"},
	{METRIC_P95, "<= baseline * 0", "expected a factor above 0 such as 2 or 1.1, not '0'"},
	{METRIC_P95, "<= baseline * -1", "expected a factor above 0 such as 2 or 1.1, not '-1'"},
	{METRIC_P95, "<= baseline + 5", "'5' has no unit: write 5ms or 5s"},
	{METRIC_P95, "<= baselines", "expected *, /, + or - after what is compared with, not 's'"},
	{METRIC_ERRORS, "<= 1.5", "'1.5' has no unit: write 1.5%"},
	{METRIC_THROUGHPUT, ">= 100", "'100' has no unit: write 100/s or 100/m"},
	{METRIC_VALUE_MAX, "<= 0x10", "expected a number such as 3 or 0.5, not '0x10'"},
	{METRIC_VALUE_MAX, "<= nan", "expected a number such as 3 or 0.5, not 'nan'"},
	{METRIC_DUPLICATES, "3", "expected a comparison such as \"<= 3\", not '3'"},
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

static const struct {
	const char *name;
	const char *shown; /* NULL: as name */
	const char *unit;
} metrics[] = {
	{"success", NULL, "%"},
	{"min", NULL, "ms"},
	{"p1", NULL, "ms"},
	{"p50", NULL, "ms"},
	{"p99.9", NULL, "ms"},
	{"p999", "p99.9", "ms"},
	{"p99.99", NULL, "ms"},
	{"p95.0", "p95", "ms"},
	{"max", NULL, "ms"},
	{"mean", NULL, "ms"},
	{"throughput", NULL, "/s"},
	{"errors", NULL, "%"},
	{"errors.timeout", NULL, "%"},
	{"errors.headers-too-large", NULL, "%"},
	{"duplicates", NULL, ""},
	{"value.min", NULL, ""},
	{"value.last", NULL, ""},
};

START_TEST(metrics_have_names)
{
	const char *shown = metrics[_i].shown != NULL ? metrics[_i].shown : metrics[_i].name;
	enum metric found;

	ck_assert(metric_find(metrics[_i].name, &found));
	ck_assert_str_eq(metric_name(found).text, shown);
	ck_assert_str_eq(metric_unit(found), metrics[_i].unit);
}
END_TEST

START_TEST(no_metrics)
{
	static const char *const names[] = {"", "p", "p0", "p0.99", "p100", "p99.999", "p5x", "p5.",
		"p.5", "p-5", "errors.", "errors.ok", "errors.nosuch", "errorsx", "value",
		"value."};
	enum metric found;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(!metric_find(names[i], &found), "%s", names[i]);
}
END_TEST

START_TEST(errors_are_a_share_or_a_number)
{
	struct tolerance tolerance;
	struct err err = {0};
	enum metric errors = METRIC_SUCCESS;

	ck_assert(metric_find("errors.timeout", &errors));
	ck_assert_int_eq(tolerance_parse(errors, "<= 1%", &tolerance, &err), 0);
	ck_assert(metric_is_share(tolerance.metric));
	ck_assert_int_eq(tolerance_parse(errors, "<= 3", &tolerance, &err), 0);
	ck_assert(!metric_is_share(tolerance.metric));
	ck_assert_str_eq(metric_name(tolerance.metric).text, "errors.timeout");
	ck_assert_str_eq(metric_unit(tolerance.metric), "");
	ck_assert_int_eq(tolerance_parse(errors, "<= baseline + 3", &tolerance, &err), 0);
	ck_assert(!metric_is_share(tolerance.metric));
	ck_assert_int_eq(tolerance_parse(errors, "<= baseline * 3", &tolerance, &err), 0);
	ck_assert(metric_is_share(tolerance.metric));
}
END_TEST

static const struct {
	enum metric metric;
	enum reference reference;
	const char *text;
	double from;
	double limit;
} relative[] = {
	{METRIC_P95, REFERENCE_BASELINE, "<= baseline", 20, 20},
	{METRIC_P95, REFERENCE_BASELINE, "<= baseline * 2", 20, 40},
	{METRIC_P95, REFERENCE_BASELINE, "<=baseline*2", 20, 40},
	{METRIC_P95, REFERENCE_BASELINE, "<= baseline + 50ms", 20, 70},
	{METRIC_P95, REFERENCE_STORED, "< stored / 4", 20, 5},
	{METRIC_SUCCESS, REFERENCE_BASELINE, ">= baseline - 1%", 99.5, 98.5},
	{METRIC_SUCCESS, REFERENCE_STORED, ">= stored", 99.5, 99.5},
	{METRIC_THROUGHPUT, REFERENCE_BASELINE, ">= baseline - 5/s", 100, 95},
	{METRIC_VALUE_MEAN, REFERENCE_STORED, "<= stored + 0.5", 1, 1.5},
};

START_TEST(limits_are_relative)
{
	struct tolerance tolerance;
	struct err err = {0};

	ck_assert_msg(
		tolerance_parse(relative[_i].metric, relative[_i].text, &tolerance, &err) == 0,
		"%s", err.message);
	ck_assert_int_eq(tolerance.reference, relative[_i].reference);
	tolerance_resolve(&tolerance, relative[_i].from);
	ck_assert_double_eq_tol(tolerance.limit, relative[_i].limit, 1e-9);
	tolerance_resolve(&tolerance, NAN);
	ck_assert(!tolerance_holds(&tolerance, relative[_i].from));
}
END_TEST

START_TEST(what_must_not_be)
{
	struct tolerance tolerance;
	struct err err = {0};

	ck_assert_int_eq(tolerance_parse(METRIC_P95, "> 250ms", &tolerance, &err), 0);
	ck_assert(tolerance_wants_high(&tolerance) && !tolerance_wants_low(&tolerance));
	tolerance.negated = true;
	ck_assert(tolerance_wants_low(&tolerance) && !tolerance_wants_high(&tolerance));
	ck_assert(tolerance_holds(&tolerance, 250));
	ck_assert(!tolerance_holds(&tolerance, 251));
	ck_assert(!tolerance_holds(&tolerance, NAN));
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
	tcase_add_loop_test(tests, metrics_have_names, 0, COUNT(metrics));
	tcase_add_test(tests, no_metrics);
	tcase_add_test(tests, errors_are_a_share_or_a_number);
	tcase_add_loop_test(tests, limits_are_relative, 0, COUNT(relative));
	tcase_add_test(tests, what_must_not_be);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
