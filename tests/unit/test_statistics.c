/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals against published values, and by what they promise: in 95 of 100 samples of a known
 * distribution they enclose what is known. */
#include "experiments/statistics.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define ROUNDS	     4000

static const struct {
	double hits;
	double count;
	double low;
	double high;
} shares[] = {
	/* Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
	 * Medicine 17 (1998), table I, method 3 */
	{81, 263, 0.2553, 0.3662},
	{15, 148, 0.0624, 0.1605},
	{0, 20, 0, 0.1611},
	{1, 29, 0.0061, 0.1718},
	{95, 100, 0.8882, 0.9785},
	{100, 100, 0.9630, 1},
	{0, 0, 0, 1},
};

START_TEST(share_intervals)
{
	const struct share_interval interval = statistics_share(shares[_i].hits, shares[_i].count);

	ck_assert_double_eq_tol(interval.low, shares[_i].low, 0.00006);
	ck_assert_double_eq_tol(interval.high, shares[_i].high, 0.00006);
}
END_TEST

static const struct {
	double quantile;
	uint64_t count;
	uint64_t low;
	uint64_t high;
} ranks[] = {
	/* the median, as in the tables of the sign test: 6 is the first with both ends */
	{0.5, 5, 0, 0},
	{0.5, 6, 1, 6},
	{0.5, 10, 2, 9},
	{0.5, 20, 6, 15},
	{0.5, 100, 40, 61},
	/* 0.95^72 <= 2.5% < 0.95^71, 0.99^368 <= 2.5% < 0.99^367 */
	{0.95, 71, 63, 0},
	{0.95, 73, 65, 73},
	{0.99, 367, 359, 0},
	{0.99, 368, 360, 368},
	{0.5, 0, 0, 0},
	{0.5, 1000000, 499020, 500981},
};

/* P(at most hits), the plain sum. */
static double binomial(uint64_t count, double probability, uint64_t hits)
{
	double sum = 0;

	for (uint64_t k = 0; k <= hits && k <= count; k++)
		sum += exp(lgamma((double)count + 1) - lgamma((double)k + 1) -
			   lgamma((double)(count - k) + 1) + (double)k * log(probability) +
			   (double)(count - k) * log(1 - probability));
	return sum;
}

START_TEST(quantile_ranks)
{
	const struct rank_interval found = statistics_ranks(ranks[_i].quantile, ranks[_i].count);

	ck_assert_uint_eq(found.high, ranks[_i].high);
	if (ranks[_i].quantile == 0.5)
		ck_assert_uint_eq(found.low, ranks[_i].low);
}
END_TEST

/* Each end is as near as 2.5% allow, and no nearer. */
START_TEST(ranks_are_exact)
{
	static const double quantiles[] = {0.01, 0.5, 0.9, 0.95, 0.99, 0.999};

	for (int i = 0; i < COUNT(quantiles); i++) {
		for (uint64_t count = 1; count <= 500; count += 7) {
			const double p = quantiles[i];
			const struct rank_interval found = statistics_ranks(p, count);

			if (found.low > 0)
				ck_assert(binomial(count, p, found.low - 1) <= 0.025 + 1e-9);
			ck_assert(binomial(count, p, found.low) > 0.025 - 1e-9);
			if (found.high > 0)
				ck_assert(1 - binomial(count, p, found.high - 1) <= 0.025 + 1e-9);
			else
				ck_assert(1 - binomial(count, p, count - 1) > 0.025 - 1e-9);
			if (found.high > 1)
				ck_assert(1 - binomial(count, p, found.high - 2) > 0.025 - 1e-9);
		}
	}
}
END_TEST

static double uniform(uint64_t *state)
{
	/* xorshift64*: S. Vigna, 2016 */
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (double)((*state * UINT64_C(2685821657736338717)) >> 11) / 9007199254740992.0;
}

/* Wilson's is near 95% on the average over all shares, not for each one. */
START_TEST(shares_are_covered)
{
	static const int counts[] = {20, 50, 100, 400};
	uint64_t state = UINT64_C(0x9E3779B97F4A7C15);
	int covered = 0;

	for (int round = 0; round < ROUNDS; round++) {
		const double share = uniform(&state);
		struct share_interval interval;
		int hits = 0;

		for (int i = 0; i < counts[_i]; i++)
			hits += uniform(&state) < share;
		interval = statistics_share(hits, counts[_i]);
		covered += interval.low <= share && share <= interval.high;
	}
	ck_assert_double_ge((double)covered / ROUNDS, 0.94);
	ck_assert_double_le((double)covered / ROUNDS, 0.965);
}
END_TEST

static int ascending(const void *left, const void *right)
{
	const double a = *(const double *)left;
	const double b = *(const double *)right;

	return (a > b) - (a < b);
}

START_TEST(quantiles_are_covered)
{
	static const struct {
		double quantile;
		int count;
	} cases[] = {{0.5, 40}, {0.9, 100}, {0.95, 200}, {0.99, 400}};
	const double quantile = cases[_i].quantile;
	const int count = cases[_i].count;
	uint64_t state = UINT64_C(0x2545F4914F6CDD1D);
	double samples[400] = {0};
	int covered = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct rank_interval found;

		for (int i = 0; i < count; i++)
			samples[i] = uniform(&state);
		qsort(samples, (size_t)count, sizeof(samples[0]), ascending);
		found = statistics_ranks(quantile, (uint64_t)count);
		ck_assert(found.low > 0 && found.high > 0);
		covered +=
			samples[found.low - 1] <= quantile && quantile <= samples[found.high - 1];
	}
	/* Exact, so never less; the spread of this many rounds is 0.3%. */
	ck_assert_double_ge((double)covered / ROUNDS, 0.94);
}
END_TEST

START_TEST(samples_needed)
{
	/* n / (n + z^2) >= 0.99 */
	ck_assert_uint_eq(statistics_share_needed(1, 0.99, true), 381);
	ck_assert_uint_eq(statistics_share_needed(1, 0.999, true), 3838);
	ck_assert_uint_eq(statistics_share_needed(0, 0.01, false), 381);
	ck_assert_uint_eq(statistics_share_needed(0.99, 0.99, true), 0);
	ck_assert_uint_eq(statistics_share_needed(0.98, 0.99, true), 0);
	ck_assert_uint_gt(statistics_share_needed(0.995, 0.99, true), 381);
	/* ln(0.025) / ln(q), rounded up */
	ck_assert_uint_eq(statistics_quantile_needed(0.99, 1, false), 368);
	ck_assert_uint_eq(statistics_quantile_needed(0.95, 1, false), 72);
	ck_assert_uint_eq(statistics_quantile_needed(0.999, 1, false), 3688);
	ck_assert_uint_eq(statistics_quantile_needed(0.5, 0, true), 6);
	ck_assert_uint_eq(statistics_quantile_needed(0.95, 0, true), 2);
	ck_assert_uint_eq(statistics_quantile_needed(0.95, 0.95, false), 0);
	ck_assert_uint_gt(statistics_quantile_needed(0.95, 0.97, false), 72);
}
END_TEST

/* What is said to suffice does. */
START_TEST(needed_is_enough)
{
	for (int hundredths = 9910; hundredths < 10000; hundredths += 7) {
		const double share = hundredths / 10000.0;
		const uint64_t count = statistics_share_needed(share, 0.99, true);

		ck_assert_uint_gt(count, 0);
		ck_assert_double_ge(
			statistics_share(share * (double)count, (double)count).low, 0.99);
		ck_assert_double_lt(
			statistics_share(share * (double)(count - 1), (double)(count - 1)).low,
			0.99);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("statistics");
	TCase *tests = tcase_create("statistics");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, share_intervals, 0, COUNT(shares));
	tcase_add_loop_test(tests, quantile_ranks, 0, COUNT(ranks));
	tcase_add_test(tests, ranks_are_exact);
	tcase_add_loop_test(tests, shares_are_covered, 0, 4);
	tcase_add_loop_test(tests, quantiles_are_covered, 0, 4);
	tcase_add_test(tests, samples_needed);
	tcase_add_test(tests, needed_is_enough);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
