/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "experiments/histogram.h"
#include "reports/mem.h"

#define COUNT 20000

static const double percents[] = {0, 1, 50, 90, 95, 99, 99.9, 99.99, 100};

static int by_value(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left;
	int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

static double uniform(unsigned int *seed)
{
	return ((double)rand_r(seed) + 0.5) / ((double)RAND_MAX + 1);
}

/* Values of one shape, from narrow to ones that span the whole range. */
static int64_t value_of(int shape, unsigned int *seed)
{
	switch (shape) {
	case 0: /* 1 us to 1 h, evenly in the logarithm */
		return (int64_t)exp(log(1e3) + uniform(seed) * log(3.6e9));
	case 1: /* around 1 ms */
		return (int64_t)(1e6 + 1e5 * (uniform(seed) - 0.5));
	case 2: /* a fast service that sometimes stalls */
		return uniform(seed) < 0.97 ? (int64_t)(3e5 - 1e5 * log(uniform(seed)))
					    : (int64_t)(5e8 * uniform(seed));
	default: /* nanoseconds */
		return (int64_t)(1000 + 5000 * uniform(seed));
	}
}

START_TEST(percentiles_are_within_a_thousandth)
{
	static int64_t values[COUNT];
	struct histogram histogram = {0};
	unsigned int seed = 42;
	double sum = 0;

	for (int i = 0; i < COUNT; i++) {
		values[i] = value_of(_i, &seed);
		sum += (double)values[i];
		histogram_record(&histogram, values[i]);
	}
	qsort(values, COUNT, sizeof(values[0]), by_value);
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++) {
		double rank = fmax(1, ceil(percents[i] / 100 * COUNT - 1e-9));
		double exact = (double)values[(size_t)rank - 1];
		double got = histogram_percentile(&histogram, percents[i]);

		ck_assert_msg(fabs(got - exact) <= exact / 1000, "shape %d p%g: %f, exact %f", _i,
			percents[i], got, exact);
	}
	ck_assert_int_eq(histogram.min_ns, values[0]);
	ck_assert_int_eq(histogram.max_ns, values[COUNT - 1]);
	ck_assert_double_eq_tol(histogram_mean(&histogram), sum / COUNT, 1);
	ck_assert_uint_eq(histogram.count, COUNT);
	histogram_release(&histogram);
}
END_TEST

START_TEST(every_power_of_two_and_its_neighbours)
{
	for (unsigned int bit = 0; bit < 42; bit++) {
		for (int64_t offset = -1; offset <= 1; offset++) {
			struct histogram histogram = {0};
			int64_t value = (INT64_C(1) << bit) + offset;
			double got;

			if (value > HISTOGRAM_MAX_NS)
				continue;
			/* Two others around it, so that minimum and maximum do not help. */
			histogram_record(&histogram, 0);
			histogram_record(&histogram, value);
			histogram_record(&histogram, HISTOGRAM_MAX_NS);
			got = histogram_percentile(&histogram, 50);
			ck_assert_msg(fabs(got - (double)value) <= (double)value / 2048, "%lld: %f",
				(long long)value, got);
			histogram_release(&histogram);
		}
	}
}
END_TEST

START_TEST(out_of_range_is_clamped)
{
	struct histogram histogram = {0};

	histogram_record(&histogram, -5);
	histogram_record(&histogram, 5 * HISTOGRAM_MAX_NS);
	ck_assert_int_eq(histogram.min_ns, 0);
	ck_assert_int_eq(histogram.max_ns, HISTOGRAM_MAX_NS);
	ck_assert_double_eq(histogram_percentile(&histogram, 100), (double)HISTOGRAM_MAX_NS);
	histogram_release(&histogram);
}
END_TEST

START_TEST(empty_and_cleared)
{
	struct histogram histogram = {0};

	ck_assert_double_eq(histogram_percentile(&histogram, 99), 0);
	ck_assert_double_eq(histogram_mean(&histogram), 0);
	histogram_record(&histogram, 1000000);
	histogram_clear(&histogram);
	ck_assert_uint_eq(histogram.count, 0);
	ck_assert_double_eq(histogram_percentile(&histogram, 99), 0);
	histogram_record(&histogram, 77);
	ck_assert_double_eq(histogram_percentile(&histogram, 99), 77);
	ck_assert_int_eq(histogram.min_ns, 77);
	histogram_release(&histogram);
}
END_TEST

START_TEST(stays_small)
{
	struct histogram histogram = {0};
	unsigned int seed = 7;

	for (int i = 0; i < 100000; i++)
		histogram_record(&histogram, value_of(2, &seed));
	ck_assert_uint_lt(histogram_bytes(&histogram), 65536);
	for (int i = 0; i < 1000000; i++)
		histogram_record(&histogram, value_of(0, &seed));
	ck_assert_uint_lt(histogram_bytes(&histogram), 150000);
	histogram_release(&histogram);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tests = tcase_create("histogram");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, percentiles_are_within_a_thousandth, 0, 4);
	tcase_add_test(tests, every_power_of_two_and_its_neighbours);
	tcase_add_test(tests, out_of_range_is_clamped);
	tcase_add_test(tests, empty_and_cleared);
	tcase_add_test(tests, stays_small);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
