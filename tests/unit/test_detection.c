/* SPDX-License-Identifier: Apache-2.0 */
/* The moment at which a fault shows, by a clock of our own. */
#include "experiments/detection.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MS    INT64_C(1000000)
#define START (INT64_C(1000000) * 1000000000) /* a whole second */

static struct detection detection;
static struct tolerance tolerance;

static void begin(double rate, const char *text)
{
	struct tally baseline = {0};
	struct tolerances tolerances = {.items = &tolerance, .count = 1};
	struct err err = {0};

	memset(&detection, 0, sizeof(detection));
	ck_assert_int_eq(tolerance_parse(METRIC_SUCCESS, text, &tolerance, &err), 0);
	detection_init(&detection, rate);
	resolved_make(&detection.tolerances, &tolerances, PHASE_FAULT, &baseline);
}

static void ended(int64_t ms, enum outcome outcome)
{
	const struct probe_answer answer = {
		.due_ns = START + (ms - 1) * MS,
		.sent_ns = START + (ms - 1) * MS,
		.ended_ns = START + ms * MS,
		.outcome = outcome,
	};

	detection_add(&detection, &answer, MS);
}

/* Good ones at every interval; bad ones from trouble_ms on. */
static int64_t detected(int64_t interval_ms, int64_t trouble_ms, int64_t until_ms)
{
	for (int64_t ms = interval_ms / 2; ms < until_ms; ms += interval_ms)
		ended(ms, ms < trouble_ms ? OUTCOME_OK : OUTCOME_TIMEOUT);
	detection_advance(&detection, START + until_ms * MS);
	return detection.moment_ns == 0 ? -1 : (detection.moment_ns - START) / MS;
}

static void end(void)
{
	detection_release(&detection);
}

START_TEST(the_first_error_breaks_99_percent)
{
	begin(50, ">= 99%");
	detection_begin(&detection, START);
	ck_assert_int_eq(detected(20, 1230, 3000), 1300);
	end();
}
END_TEST

START_TEST(half_a_second_breaks_50_percent)
{
	begin(50, "> 50%");
	detection_begin(&detection, START);
	ck_assert_int_eq(detected(20, 1000, 3000), 1500);
	end();
}
END_TEST

START_TEST(nothing_is_detected_where_nothing_is_wrong)
{
	begin(50, ">= 99%");
	detection_begin(&detection, START);
	ck_assert_int_eq(detected(20, 100000, 5000), -1);
	end();
}
END_TEST

/* What was wrong before the fault is not what the fault did. */
START_TEST(only_after_the_injection)
{
	begin(50, ">= 50%");
	for (int64_t ms = 10; ms < 500; ms += 20)
		ended(ms, OUTCOME_TIMEOUT);
	for (int64_t ms = 510; ms < 2000; ms += 20)
		ended(ms, OUTCOME_OK);
	detection_begin(&detection, START + 2000 * MS);
	for (int64_t ms = 2010; ms < 4000; ms += 20)
		ended(ms, OUTCOME_OK);
	detection_advance(&detection, START + 4000 * MS);
	ck_assert_int_eq(detection.moment_ns, 0);
	end();
}
END_TEST

/* Five requests at 1/s are 5 s. */
START_TEST(slow_probes_look_back_farther)
{
	begin(1, ">= 80%");
	detection_begin(&detection, START);
	ck_assert_int_eq(detection.length_ns, 5000 * MS);
	ck_assert_int_eq(detected(1000, 6000, 20000), 7600);
	end();
}
END_TEST

/* Long silence costs no time, and what comes after it counts again. */
START_TEST(silence)
{
	begin(50, ">= 99%");
	detection_begin(&detection, START);
	ended(10, OUTCOME_OK);
	ended(INT64_C(86400000) + 10, OUTCOME_TIMEOUT);
	detection_advance(&detection, START + (INT64_C(86400000) + 200) * MS);
	ck_assert_int_eq(detection.moment_ns, START + (INT64_C(86400000) + 100) * MS);
	end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("detection");
	TCase *tests = tcase_create("detection");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, the_first_error_breaks_99_percent);
	tcase_add_test(tests, half_a_second_breaks_50_percent);
	tcase_add_test(tests, nothing_is_detected_where_nothing_is_wrong);
	tcase_add_test(tests, only_after_the_injection);
	tcase_add_test(tests, slow_probes_look_back_farther);
	tcase_add_test(tests, silence);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
