/* SPDX-License-Identifier: Apache-2.0 */
/* Series, windows and recovery: as exact as they claim, in memory that does not grow. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "experiments/recovery.h"
#include "experiments/series.h"
#include "experiments/window.h"
#include "reports/mem.h"

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

/* --- series --- */

struct length {
	int64_t seconds;
	uint32_t interval_s;
};

static const struct length lengths[] = {{0, 1}, {60, 1}, {3599, 1}, {3600, 2}, {7199, 2}, {7200, 5},
	{17999, 5}, {18000, 10}, {35999, 10}, {36000, 20}, {86400, 50}, {31622400, 10000}};

START_TEST(rows_are_bounded)
{
	struct series series;

	series_init(&series, lengths[_i].seconds * S);
	ck_assert_uint_eq(series.interval_s, lengths[_i].interval_s);
	ck_assert_uint_le(series.row_count, SERIES_ROWS_MAX);
	ck_assert_int_gt((int64_t)series.row_count * series.interval_s, lengths[_i].seconds);
	/* Long after its end, and everything in between. */
	for (uint32_t second = 0; second < 100000; second += 7) {
		series_due(&series, second);
		series_end(&series, second, OUTCOME_OK, MS);
		ck_assert_uint_le(series.open_count, 2);
	}
	series_release(&series);
}
END_TEST

START_TEST(rows_have_the_figures_of_their_requests)
{
	struct series series;
	struct series_row row;

	series_init(&series, 5 * S);
	for (int i = 0; i < 1000; i++)
		series_due(&series, 1);
	series_due(&series, 2); /* the first row stays open while requests have not ended */
	for (int i = 1; i <= 1000; i++)
		series_end(&series, 1, i % 10 == 0 ? OUTCOME_STATUS : OUTCOME_OK, i * MS);
	series_due(&series, 3);
	row = series_read(&series, 1);
	ck_assert_uint_eq(row.count, 1000);
	ck_assert_uint_eq(row.ok, 900);
	ck_assert_double_eq_tol((double)row.p50_ns, 500e6, 500e3);
	ck_assert_double_eq_tol((double)row.p95_ns, 950e6, 950e3);
	ck_assert_double_eq_tol((double)row.max_ns, 1000e6, 100);
	ck_assert_uint_eq(series.open_count, 2); /* 2 and 3 */
	ck_assert_uint_eq(series_read(&series, 0).count, 0);
	/* One that is late is read as it is so far. */
	series_end(&series, 2, OUTCOME_OK, 7 * MS);
	ck_assert_double_eq_tol((double)series_read(&series, 2).max_ns, 7e6, 1);
	series_release(&series);
}
END_TEST

/* --- windows --- */

static const int64_t windows[] = {100 * MS, 150 * MS, 500 * MS, 3 * S, 60 * S, 600 * S};

START_TEST(slices_are_at_most_a_fiftieth)
{
	int64_t slice_ns = window_slice_ns(windows[_i]);

	ck_assert_int_le(slice_ns * 50, windows[_i]);
	ck_assert_int_ge(slice_ns * WINDOW_SLICES_MAX, windows[_i]);
}
END_TEST

/* How many of count that ended every step_ns did so at from_ns or later. */
static uint64_t ended_since(uint64_t count, int64_t begin_ns, int64_t step_ns, int64_t from_ns)
{
	uint64_t found = 0;

	for (uint64_t i = 0; i < count; i++)
		found += begin_ns + (int64_t)i * step_ns >= from_ns;
	return found;
}

START_TEST(a_window_is_what_ended_lately)
{
	const int64_t keep_ns = windows[_i];
	const int64_t slice_ns = window_slice_ns(keep_ns);
	const int64_t begin_ns = 12345678901;
	const int64_t step_ns = keep_ns / 997;
	const uint64_t count = 5000;
	struct window window;

	window_init(&window, slice_ns, slice_ns * WINDOW_SLICES_MAX, false);
	for (uint64_t i = 0; i < count; i++) {
		const struct probe_answer answer = {
			.ended_ns = begin_ns + (int64_t)i * step_ns,
			.outcome = i % 4 == 0 ? OUTCOME_CONNECT : OUTCOME_OK,
		};
		const int64_t from_ns = answer.ended_ns - keep_ns;
		struct tally tally = {0};

		window_add(&window, &answer, (int64_t)i * 1000);
		if (i % 113 != 0)
			continue;
		window_tally(&window, from_ns, &tally);
		/* Nothing older than asked for, and nothing missing but of one slice. */
		ck_assert_uint_le(tally.ended, ended_since(i + 1, begin_ns, step_ns, from_ns));
		ck_assert_uint_ge(
			tally.ended, ended_since(i + 1, begin_ns, step_ns, from_ns + slice_ns));
		ck_assert_uint_eq(tally.latency.count, tally.outcomes[OUTCOME_OK]);
		ck_assert_int_le(tally.latency.max_ns, (int64_t)i * 1000);
		tally_release(&tally);
	}
	window_release(&window);
}
END_TEST

START_TEST(a_window_forgets_when_nothing_ends)
{
	const struct probe_answer answer = {.ended_ns = 10 * S, .outcome = OUTCOME_OK};
	struct tally tally = {0};
	struct window window;

	window_init(&window, window_slice_ns(S), S, false);
	window_add(&window, &answer, MS);
	window_tally(&window, 10 * S + MS * 20, &tally);
	ck_assert_uint_eq(tally.ended, 0);
	window_tally(&window, 9 * S, &tally);
	ck_assert_uint_eq(tally.ended, 1);
	tally_release(&tally);
	window_release(&window);
}
END_TEST

START_TEST(a_guard_counts_timeouts_as_late_answers)
{
	struct window window;
	struct tally tally = {0};

	window_init(&window, window_slice_ns(S), S, _i == 1);
	for (int i = 0; i < 10; i++) {
		const struct probe_answer answer = {.ended_ns = 10 * S + i * MS,
			.outcome = i < 5 ? OUTCOME_TIMEOUT : OUTCOME_OK};

		window_add(&window, &answer, i < 5 ? S : MS);
	}
	window_tally(&window, 9 * S, &tally);
	ck_assert_uint_eq(tally.ended, 10);
	ck_assert_uint_eq(tally.latency.count, _i == 1 ? 10 : 5);
	ck_assert_double_eq_tol(histogram_percentile(&tally.latency, 95), _i == 1 ? 1e9 : 1e6, 1e6);
	tally_release(&tally);
	window_release(&window);
}
END_TEST

/* Millions of requests of all latencies, and what remains is what a few hundred take. */
START_TEST(a_window_does_not_grow)
{
	struct window window;
	size_t bytes = 0;
	unsigned int seed = 1;

	window_init(&window, window_slice_ns(3 * S), 3 * S, true);
	for (int i = 0; i < 3000000; i++) {
		const struct probe_answer answer = {
			.ended_ns = 10 * S + i * MS / 100, .outcome = OUTCOME_OK};

		window_add(&window, &answer, (int64_t)exp(log(1e6) + rand_r(&seed) % 100 / 100.0));
	}
	for (size_t i = 0; i < window.count; i++)
		bytes +=
			sizeof(window.slices[i]) + histogram_bytes(&window.slices[i].tally.latency);
	ck_assert_uint_lt(bytes, 2 * 1024 * 1024);
	window_release(&window);
}
END_TEST

/* --- recovery --- */

static const struct tolerance success = {
	.metric = METRIC_SUCCESS, .comparison = COMPARE_AT_LEAST, .limit = 99, .text = ">= 99%"};
static const struct tolerances strict = {.items = &success, .count = 1};

/* A phase in which requests fail from from_ms until until_ms. */
static void phase_play(struct recovery *recovery, int64_t length_ns, double rate, int64_t from_ms,
	int64_t until_ms)
{
	const int64_t count = (int64_t)((double)length_ns / 1e9 * rate);

	recovery_init(recovery, length_ns);
	recovery->start_ns = 5 * S;
	for (int64_t i = 0; i < count; i++) {
		const int64_t at_ns = (int64_t)((double)i * 1e9 / rate);
		const bool fails = at_ns >= from_ms * MS && at_ns < until_ms * MS;
		const struct probe_answer answer = {
			.due_ns = 5 * S + at_ns,
			.ended_ns = 5 * S + at_ns + MS,
			.outcome = fails ? OUTCOME_CONNECT : OUTCOME_OK,
		};

		recovery_add(recovery, &answer, MS);
	}
}

struct healing {
	int64_t length_ms;
	double rate;
	int64_t from_ms, until_ms;
	int64_t recovered_ms; /* -1: not */
	int64_t step_ms;
};

static const struct healing healings[] = {
	{2000, 100, 0, 0, 0, 100},
	{2000, 100, 0, 600, 600, 100},
	{2000, 100, 500, 700, 700, 100},
	{2000, 100, 0, 1500, -1, 100}, /* too little is left to prove it */
	{2000, 100, 0, 9000, -1, 100},
	{60000, 100, 0, 30000, 30000, 100},
	{61000, 100, 0, 30000, 30000, 200},
	{600000, 20, 0, 300000, 300000, 1000},
	{3600000, 20, 0, 60000, 60000, 6000},
	{3600000, 20, 1000000, 1000500, 0, 6000}, /* ten of 120: the first minute is good */
	{2000, INFINITY, 0, 0, 0, 100},
};

START_TEST(recovery_is_found_in_steps)
{
	const struct healing *row = &healings[_i];
	struct recovery recovery;
	int64_t moment_ns = -1;
	bool found;

	phase_play(&recovery, row->length_ms * MS, isinf(row->rate) ? 1000 : row->rate,
		row->from_ms, row->until_ms);
	ck_assert_int_eq(recovery.step_ns, row->step_ms * MS);
	ck_assert_uint_le(recovery.step_count, RECOVERY_STEPS_MAX);
	found = recovery_find(&recovery, row->rate, &strict, &moment_ns);
	ck_assert(found == (row->recovered_ms >= 0));
	if (found)
		ck_assert_int_eq((moment_ns - 5 * S) / MS, row->recovered_ms);
	recovery_release(&recovery);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bounds");
	TCase *tests = tcase_create("bounds");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, rows_are_bounded, 0, (int)ARRAY_SIZE(lengths));
	tcase_add_test(tests, rows_have_the_figures_of_their_requests);
	tcase_add_loop_test(tests, slices_are_at_most_a_fiftieth, 0, (int)ARRAY_SIZE(windows));
	tcase_add_loop_test(tests, a_window_is_what_ended_lately, 0, (int)ARRAY_SIZE(windows));
	tcase_add_test(tests, a_window_forgets_when_nothing_ends);
	tcase_add_loop_test(tests, a_guard_counts_timeouts_as_late_answers, 0, 2);
	tcase_add_test(tests, a_window_does_not_grow);
	tcase_add_loop_test(tests, recovery_is_found_in_steps, 0, (int)ARRAY_SIZE(healings));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
