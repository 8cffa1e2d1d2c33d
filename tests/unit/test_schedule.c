/* SPDX-License-Identifier: Apache-2.0 */
/* When a fault changes: steps of ramps, and where it is off and on. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/schedule.h"

#define SECOND INT64_C(1000000000)

static struct arena arena;
static struct err err;

static void end(void)
{
	arena_release(&arena);
}

/* The changes as "1 2off 3", in seconds. */
static const char *changes(
	int64_t duration_ns, struct flap flap, const struct ramp *ramps, size_t ramp_count)
{
	static char text[512];
	struct schedule_change *list;
	size_t count;
	int used = 0;

	text[0] = '\0';
	ck_assert_int_eq(
		schedule_make(duration_ns, &flap, ramps, ramp_count, &arena, &list, &count, &err),
		0);
	for (size_t i = 0; i < count; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%g%s",
			i == 0 ? "" : " ", (double)list[i].offset_ns / (double)SECOND,
			list[i].off ? "off" : "");
	return text;
}

START_TEST(nothing_changes)
{
	ck_assert_str_eq(changes(10 * SECOND, (struct flap){0}, NULL, 0), "");
}
END_TEST

START_TEST(steps_of_a_ramp)
{
	const struct ramp ramp = {.over_ns = 4 * SECOND, .steps = 4};

	ck_assert_str_eq(changes(10 * SECOND, (struct flap){0}, &ramp, 1), "1 2 3 4");
	/* What would be at the end or behind it is none. */
	ck_assert_str_eq(changes(4 * SECOND, (struct flap){0}, &ramp, 1), "1 2 3");
}
END_TEST

START_TEST(ramps_together)
{
	const struct ramp ramps[] = {
		{.over_ns = 4 * SECOND, .steps = 2}, {.over_ns = 6 * SECOND, .steps = 3}};

	ck_assert_str_eq(changes(10 * SECOND, (struct flap){0}, ramps, 2), "2 4 6");
}
END_TEST

START_TEST(off_and_on)
{
	const struct flap flap = {.on_ns = 2 * SECOND, .off_ns = 3 * SECOND};

	ck_assert_str_eq(changes(11 * SECOND, flap, NULL, 0), "2off 5 7off 10");
	ck_assert(!flap_is_off(&flap, 0));
	ck_assert(!flap_is_off(&flap, 2 * SECOND - 1));
	ck_assert(flap_is_off(&flap, 2 * SECOND));
	ck_assert(flap_is_off(&flap, 5 * SECOND - 1));
	ck_assert(!flap_is_off(&flap, 5 * SECOND));
}
END_TEST

/* What the ramp does while the fault is off shows when it is on again. */
START_TEST(ramp_of_a_flapping_fault)
{
	const struct flap flap = {.on_ns = 2 * SECOND, .off_ns = 2 * SECOND};
	const struct ramp ramp = {.over_ns = 6 * SECOND, .steps = 6};

	ck_assert_str_eq(changes(8 * SECOND, flap, &ramp, 1), "1 2off 4 5 6off");
}
END_TEST

START_TEST(progress)
{
	const struct ramp ramp = {.over_ns = 3 * SECOND, .steps = 7};
	struct schedule_change *list;
	const struct flap none = {0};
	size_t count;

	ck_assert_double_eq(ramp_progress(&ramp, 0), 0.0);
	ck_assert_double_eq(ramp_progress(&ramp, 3 * SECOND), 1.0);
	ck_assert_double_eq(ramp_progress(&ramp, 100 * SECOND), 1.0);
	/* At the moment of each step, rounded as it is, it has been made. */
	ck_assert_int_eq(
		schedule_make(9 * SECOND, &none, &ramp, 1, &arena, &list, &count, &err), 0);
	ck_assert_uint_eq(count, 7);
	for (size_t i = 0; i < count; i++) {
		ck_assert_double_eq_tol(
			ramp_progress(&ramp, list[i].offset_ns), (double)(i + 1) / 7, 1e-9);
		ck_assert_double_eq_tol(
			ramp_progress(&ramp, list[i].offset_ns - 2), (double)i / 7, 1e-9);
	}
}
END_TEST

START_TEST(too_many)
{
	const struct flap flap = {.on_ns = 1000000, .off_ns = 1000000};
	struct schedule_change *list;
	size_t count;

	ck_assert_int_eq(
		schedule_make(3600 * SECOND, &flap, NULL, 0, &arena, &list, &count, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.message, "at most 10000"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("schedule");
	TCase *cases = tcase_create("changes");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(cases, NULL, end);
	tcase_add_test(cases, nothing_changes);
	tcase_add_test(cases, steps_of_a_ramp);
	tcase_add_test(cases, ramps_together);
	tcase_add_test(cases, off_and_on);
	tcase_add_test(cases, ramp_of_a_flapping_fault);
	tcase_add_test(cases, progress);
	tcase_add_test(cases, too_many);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
