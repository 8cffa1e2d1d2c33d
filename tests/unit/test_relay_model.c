/* SPDX-License-Identifier: Apache-2.0 */
/* The relay's random models: what they promise, counted over many packets with fixed seeds. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "faults/relay_model.h"

#define PACKETS 100000

struct counts {
	unsigned int lost;
	unsigned int duplicated;
	unsigned int corrupted;
	unsigned int reordered;
	unsigned int delayed; /* neither lost nor reordered */
};

static struct counts count_fates(const struct impairment *impairment, uint64_t seed)
{
	static struct relay_model model;
	struct counts counts = {0};

	relay_model_init(&model, impairment, NULL, seed);
	for (int i = 0; i < PACKETS; i++) {
		struct fate fate = relay_model_next(&model, true, false);

		counts.lost += fate.lost;
		counts.duplicated += fate.duplicated;
		counts.corrupted += fate.corrupted;
		counts.reordered += fate.reordered;
		counts.delayed += !fate.lost && !fate.reordered;
	}
	return counts;
}

/* The probability of exactly k successes in PACKETS trials. */
static double binomial(double probability, unsigned int k)
{
	return exp(lgamma(PACKETS + 1.0) - lgamma(k + 1.0) - lgamma(PACKETS - k + 1.0) +
		   k * log(probability) + (PACKETS - k) * log1p(-probability));
}

/* Is it within the central 99.9% of the binomial distribution? */
static void check_binomial(const char *what, double percent, unsigned int count)
{
	double below = 0;
	double at;

	if (percent <= 0 || percent >= 100) {
		ck_assert_msg(
			count == (percent <= 0 ? 0 : PACKETS), "%s %g%%: %u", what, percent, count);
		return;
	}
	at = binomial(percent / 100, count);
	for (unsigned int k = 0; k < count; k++)
		below += binomial(percent / 100, k);
	ck_assert_msg(below + at > 0.0005 && below < 0.9995, "%s %g%%: %u of %u", what, percent,
		count, PACKETS);
}

static const double percentages[] = {0, 0.1, 1, 10, 50, 99, 100};

START_TEST(loss_has_its_rate)
{
	struct impairment impairment = {.loss = percentages[_i]};
	struct counts counts = count_fates(&impairment, 1);

	check_binomial("loss", percentages[_i], counts.lost);
	ck_assert_uint_eq(counts.lost + counts.delayed, PACKETS);
	ck_assert_uint_eq(counts.duplicated + counts.corrupted + counts.reordered, 0);
}
END_TEST

START_TEST(duplicate_has_its_rate)
{
	struct impairment impairment = {.duplicate = percentages[_i]};
	struct counts counts = count_fates(&impairment, 2);

	check_binomial("duplicate", percentages[_i], counts.duplicated);
	ck_assert_uint_eq(counts.delayed, PACKETS);
}
END_TEST

START_TEST(corrupt_has_its_rate)
{
	struct impairment impairment = {.corrupt = percentages[_i]};
	struct counts counts = count_fates(&impairment, 3);

	check_binomial("corrupt", percentages[_i], counts.corrupted);
	ck_assert_uint_eq(counts.delayed, PACKETS);
}
END_TEST

START_TEST(reorder_has_its_rate)
{
	struct impairment impairment = {.reorder = percentages[_i], .delay_ns = 1000};
	struct counts counts = count_fates(&impairment, 4);

	check_binomial("reorder", percentages[_i], counts.reordered);
	ck_assert_uint_eq(counts.reordered + counts.delayed, PACKETS);
}
END_TEST

/* Losses happen independently of corruptions: one model's draw must not decide another's. */
START_TEST(models_are_independent)
{
	struct impairment impairment = {.loss = 50, .corrupt = 50};
	static struct relay_model model;
	unsigned int both = 0;
	unsigned int kept = 0;

	relay_model_init(&model, &impairment, NULL, 5);
	for (int i = 0; i < 2 * PACKETS && kept < PACKETS; i++) {
		struct fate fate = relay_model_next(&model, true, false);

		ck_assert(!(fate.lost && fate.corrupted));
		kept += !fate.lost;
		both += fate.corrupted;
	}
	ck_assert_uint_gt(kept, PACKETS - PACKETS / 50);
	ck_assert_double_eq_tol((double)both / kept, 0.5, 0.01);
}
END_TEST

/* In netem, a loss takes the copy of a packet that was duplicated in the same moment. */
START_TEST(loss_takes_the_copy)
{
	struct impairment impairment = {.loss = 100, .duplicate = 100};
	struct counts counts = count_fates(&impairment, 6);

	ck_assert_uint_eq(counts.delayed, PACKETS);
	ck_assert_uint_eq(counts.duplicated, 0);
}
END_TEST

START_TEST(copies_are_not_copied)
{
	struct impairment impairment = {.duplicate = 100};
	static struct relay_model model;

	relay_model_init(&model, &impairment, NULL, 7);
	for (int i = 0; i < 1000; i++)
		ck_assert(!relay_model_next(&model, false, false).duplicated);
}
END_TEST

/* What the recurrence of get_crandom, x = (1 - c) u + c x, does to a threshold, in real numbers and
 * with another generator. */
static void reference(double threshold, double correlation, double *ret_rate, double *ret_repeated)
{
	const int rounds = 20 * PACKETS;
	double x = 0.5;
	int hits = 0;
	int pairs = 0;
	bool last = false;

	srand48(1);
	for (int i = 0; i < rounds; i++) {
		x = (1 - correlation) * drand48() + correlation * x;
		pairs += last && x < threshold;
		last = x < threshold;
		hits += last;
	}
	*ret_rate = (double)hits / rounds;
	*ret_repeated = (double)pairs / hits;
}

START_TEST(correlated_loss_comes_in_bursts)
{
	static const double correlations[] = {0, 25, 50, 90};
	struct impairment impairment = {.loss = 40, .loss_correlation = correlations[_i]};
	static struct relay_model model;
	const int rounds = 10 * PACKETS;
	int losses = 0;
	int pairs = 0;
	bool last = false;
	double rate;
	double repeated;

	reference(0.4, correlations[_i] / 100, &rate, &repeated);
	relay_model_init(&model, &impairment, NULL, 8);
	for (int i = 0; i < rounds; i++) {
		bool lost = relay_model_next(&model, true, false).lost;

		pairs += last && lost;
		losses += lost;
		last = lost;
	}
	ck_assert_double_eq_tol((double)losses / rounds, rate, 0.01);
	ck_assert_double_eq_tol((double)pairs / losses, repeated, 0.01);
	/* The reference itself: the more correlation, the longer the bursts. */
	if (correlations[_i] > 0)
		ck_assert_double_gt(repeated, rate + 0.08);
	else
		ck_assert_double_eq_tol(repeated, 0.4, 0.01);
}
END_TEST

/* What is to be expected of the losses of a stationary chain. */
struct bursts {
	double loss;  /* share of the packets */
	double burst; /* mean number of losses in a row */
};

/* Both states with their shares: a burst goes on when a loss is followed by one. */
static struct bursts expect_gilbert_elliott(const struct gilbert_elliott *model)
{
	double p = model->p / 100;
	double r = model->r / 100;
	double bad = p / (p + r);
	double bad_loss = model->bad_loss / 100;
	double good_loss = model->good_loss / 100;
	double loss = bad * bad_loss + (1 - bad) * good_loss;
	double both = bad * bad_loss * ((1 - r) * bad_loss + r * good_loss) +
		      (1 - bad) * good_loss * ((1 - p) * good_loss + p * bad_loss);

	return (struct bursts){loss, loss / (loss - both)};
}

/* Every burst begins from one of the two states that receive, and ends there. */
static struct bursts expect_four_state(const struct four_state *model)
{
	double p31 = model->p31 / 100;
	double p32 = model->p32 / 100;
	double one = 1;
	double three = model->p13 / 100 / p31;
	double two = three * p32 / (model->p23 / 100);
	double four = model->p14 / 100;
	double ends = three * (p31 + p32) + four;

	return (struct bursts){(three + four) / (one + two + three + four), (three + four) / ends};
}

static const struct impairment bursty[] = {
	{.gemodel = {.p = 1, .r = 20, .bad_loss = 100}},
	{.gemodel = {.p = 5, .r = 50, .bad_loss = 80, .good_loss = 1}},
	{.gemodel = {.p = 10, .r = 5, .bad_loss = 30, .good_loss = 10}},
	{.gemodel = {.p = 100, .r = 100, .bad_loss = 100}},
	{.gemodel = {.p = 90, .r = 80, .bad_loss = 100, .good_loss = 50}},
	{.four_state = {.p13 = 1, .p31 = 25, .p23 = 100}},
	{.four_state = {.p13 = 2, .p31 = 10, .p32 = 30, .p23 = 40, .p14 = 3}},
	{.four_state = {.p13 = 50, .p31 = 50, .p32 = 50, .p23 = 50, .p14 = 50}},
	{.four_state = {.p13 = 100, .p31 = 100, .p23 = 100}},
	{.four_state = {.p13 = 20, .p31 = 60, .p32 = 20, .p23 = 5, .p14 = 60}},
};

START_TEST(loss_models_keep_their_statistics)
{
	const struct impairment *impairment = &bursty[_i];
	const int rounds = 20 * PACKETS;
	static struct relay_model model;
	struct bursts expected = impairment->gemodel.p > 0
					 ? expect_gilbert_elliott(&impairment->gemodel)
					 : expect_four_state(&impairment->four_state);
	int losses = 0;
	int bursts = 0;
	bool last = false;

	relay_model_init(&model, impairment, NULL, 9);
	for (int i = 0; i < rounds; i++) {
		bool lost = relay_model_next(&model, true, false).lost;

		losses += lost;
		bursts += lost && !last;
		last = lost;
	}
	ck_assert_double_eq_tol(loss_model_mean(impairment), expected.loss, 1e-9);
	/* The least certain of them, the first, deviates by 1% in one of 1000. */
	ck_assert_double_eq_tol((double)losses / rounds, expected.loss, 0.02 * expected.loss);
	ck_assert_double_eq_tol((double)losses / bursts, expected.burst, 0.02 * expected.burst);
}
END_TEST

/* Transitions that the kernel has, seen one by one: after an isolated loss, one packet gets through
 * whatever the chances are; within a burst they do not end as long as nothing leads out. */
START_TEST(isolated_losses_are_isolated)
{
	const struct impairment impairment = {
		.four_state = {.p13 = 1e-6, .p31 = 100, .p23 = 100, .p14 = 99}};
	static struct relay_model model;
	bool last = false;

	relay_model_init(&model, &impairment, NULL, 10);
	for (int i = 0; i < PACKETS; i++) {
		bool lost = relay_model_next(&model, true, false).lost;

		ck_assert(!(last && lost));
		last = lost;
	}
}
END_TEST

/* With certainty, exactly every gap-th packet overtakes. */
START_TEST(gap_counts_packets)
{
	const uint32_t gap = (uint32_t)_i;
	struct impairment impairment = {.reorder = 100, .reorder_gap = gap, .delay_ns = 1000};
	static struct relay_model model;

	relay_model_init(&model, &impairment, NULL, 9);
	for (uint32_t i = 1; i <= 1000; i++) {
		struct fate fate = relay_model_next(&model, true, false);

		ck_assert_msg(
			fate.reordered == (gap <= 1 || i % gap == 0), "gap %u: packet %u", gap, i);
		ck_assert_int_eq(fate.delay_ns, fate.reordered ? 0 : 1000);
	}
}
END_TEST

/* With a chance, every packet after the gap is a candidate until one overtakes: gap - 1 packets and
 * 1 / p candidates on average. */
START_TEST(gap_with_a_chance)
{
	struct impairment impairment = {.reorder = 25, .reorder_gap = 5, .delay_ns = 1000};
	struct counts counts = count_fates(&impairment, 10);

	ck_assert_double_eq_tol((double)PACKETS / counts.reordered, 4 + 4, 0.15);
}
END_TEST

/* Of what the delay differs from the one asked for. */
struct moments {
	double mean;
	double deviation;
	double minimum;
	double maximum;
};

static struct moments measure_delay(const struct impairment *impairment, uint64_t seed)
{
	static struct relay_model model;
	struct moments moments = {.minimum = INFINITY, .maximum = -INFINITY};
	double sum = 0;
	double squares = 0;

	relay_model_init(&model, impairment, NULL, seed);
	for (int i = 0; i < PACKETS; i++) {
		double offset = (double)(relay_model_next(&model, true, false).delay_ns -
					 impairment->delay_ns);

		sum += offset;
		squares += offset * offset;
		moments.minimum = fmin(moments.minimum, offset);
		moments.maximum = fmax(moments.maximum, offset);
	}
	moments.mean = sum / PACKETS;
	moments.deviation = sqrt(squares / PACKETS - moments.mean * moments.mean);
	return moments;
}

START_TEST(delay_without_jitter_is_exact)
{
	struct impairment impairment = {.delay_ns = 123456789};
	struct moments moments = measure_delay(&impairment, 11);

	ck_assert_double_eq(moments.minimum, 0);
	ck_assert_double_eq(moments.maximum, 0);
}
END_TEST

/* The moments of the remainders that numbers of 32 bits leave, as netem takes them; by the sums of
 * the first numbers and of their squares. */
static struct moments expect_remainders(double jitter)
{
	const double numbers = 4294967296.0;
	double size = 2 * jitter;
	double rest = fmod(numbers, size);
	double whole = (numbers - rest) / size;
	double sum = whole * size * (size - 1) / 2 + rest * (rest - 1) / 2;
	double squares = whole * (size - 1) * size * (2 * size - 1) / 6 +
			 (rest - 1) * rest * (2 * rest - 1) / 6;
	double mean = sum / numbers;

	return (struct moments){
		.mean = mean - jitter, .deviation = sqrt(squares / numbers - mean * mean)};
}

START_TEST(uniform_jitter)
{
	/* The last one is wider than netem's 31 bits. */
	static const int64_t jitters[] = {1000, 20000000, 2000000000, 3000000000};
	double jitter = fmin((double)jitters[_i], INT32_MAX);
	struct impairment impairment = {.delay_ns = 4000000000, .jitter_ns = jitters[_i]};
	struct moments moments = measure_delay(&impairment, 12);
	struct moments expected = expect_remainders(jitter);

	/* A mean of so many samples deviates by 0.2% of the standard deviation in one of 1000. */
	ck_assert_double_eq_tol(moments.mean, expected.mean, 0.01 * jitter);
	ck_assert_double_eq_tol(moments.deviation, expected.deviation, 0.01 * jitter);
	if (_i < 2) {
		ck_assert_double_eq_tol(expected.mean, 0, 0.01 * jitter);
		ck_assert_double_eq_tol(expected.deviation, jitter / sqrt(3), 0.01 * jitter);
	}
	ck_assert_double_ge(moments.minimum, -jitter);
	ck_assert_double_le(moments.maximum, jitter);
	ck_assert_double_le(moments.minimum, -0.99 * jitter);
	ck_assert_double_ge(moments.maximum, 0.99 * jitter);
}
END_TEST

/* A correlation leaves the spread as it is. */
START_TEST(correlated_jitter_keeps_its_spread)
{
	struct impairment impairment = {
		.delay_ns = 100000000, .jitter_ns = 20000000, .delay_correlation = 75};
	struct moments moments = measure_delay(&impairment, 13);

	ck_assert_double_eq_tol(moments.mean, 0, 3e5);
	ck_assert_double_eq_tol(moments.deviation, 2e7 / sqrt(3), 2e5);
}
END_TEST

START_TEST(distribution_has_its_moments)
{
	enum distribution distribution = (enum distribution)_i;
	struct impairment impairment = {
		.delay_ns = 100000000, .jitter_ns = 10000000, .distribution = _i};
	static int16_t table[DISTRIBUTION_SIZE];
	struct moments moments = measure_delay(&impairment, 14);
	double sum = 0;
	double squares = 0;

	distribution_fill(distribution, table);
	for (int i = 0; i < DISTRIBUTION_SIZE; i++) {
		double deviate = (double)table[i] / DISTRIBUTION_SCALE;

		sum += deviate;
		squares += deviate * deviate;
	}
	sum /= DISTRIBUTION_SIZE;
	squares /= DISTRIBUTION_SIZE;
	ck_assert_double_eq_tol(moments.mean, 1e7 * sum, 2e5);
	ck_assert_double_eq_tol(moments.deviation, 1e7 * sqrt(squares - sum * sum), 2e5);
	if (distribution == DISTRIBUTION_NORMAL) {
		ck_assert_double_eq_tol(moments.mean, 0, 2e5);
		ck_assert_double_eq_tol(moments.deviation, 1e7, 2e5);
	}
}
END_TEST

START_TEST(delay_is_never_negative)
{
	struct impairment impairment = {
		.delay_ns = 1000000, .jitter_ns = 1000000, .distribution = DISTRIBUTION_NORMAL};
	struct moments moments = measure_delay(&impairment, 15);

	ck_assert_double_eq(moments.minimum, -1e6);
}
END_TEST

START_TEST(seed_decides)
{
	struct impairment impairment = {.delay_ns = 1000000, .jitter_ns = 1000000, .loss = 50};
	static struct relay_model one;
	static struct relay_model same;
	static struct relay_model other;
	int differences = 0;

	relay_model_init(&one, &impairment, NULL, 16);
	relay_model_init(&same, &impairment, NULL, 16);
	relay_model_init(&other, &impairment, NULL, 17);
	for (int i = 0; i < 1000; i++) {
		struct fate fate = relay_model_next(&one, true, false);
		struct fate again = relay_model_next(&same, true, false);
		struct fate different = relay_model_next(&other, true, false);

		ck_assert_int_eq(fate.lost, again.lost);
		ck_assert_int_eq(fate.delay_ns, again.delay_ns);
		differences += fate.lost != different.lost;
	}
	ck_assert_int_gt(differences, 400);
	ck_assert_int_lt(differences, 600);
}
END_TEST

int main(void)
{
	const int rates = (int)(sizeof(percentages) / sizeof(percentages[0]));
	Suite *suite = suite_create("relay_model");
	TCase *chances = tcase_create("chances");
	TCase *order = tcase_create("order");
	TCase *delays = tcase_create("delays");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(chances, loss_has_its_rate, 0, rates);
	tcase_add_loop_test(chances, duplicate_has_its_rate, 0, rates);
	tcase_add_loop_test(chances, corrupt_has_its_rate, 0, rates);
	tcase_add_test(chances, models_are_independent);
	tcase_add_test(chances, loss_takes_the_copy);
	tcase_add_test(chances, copies_are_not_copied);
	tcase_add_loop_test(chances, correlated_loss_comes_in_bursts, 0, 4);
	tcase_add_loop_test(chances, loss_models_keep_their_statistics, 0,
		(int)(sizeof(bursty) / sizeof(bursty[0])));
	tcase_add_test(chances, isolated_losses_are_isolated);
	tcase_add_loop_test(order, reorder_has_its_rate, 0, rates);
	tcase_add_loop_test(order, gap_counts_packets, 0, 6);
	tcase_add_test(order, gap_with_a_chance);
	tcase_add_test(delays, delay_without_jitter_is_exact);
	tcase_add_loop_test(delays, uniform_jitter, 0, 4);
	tcase_add_test(delays, correlated_jitter_keeps_its_spread);
	tcase_add_loop_test(delays, distribution_has_its_moments, DISTRIBUTION_NORMAL,
		DISTRIBUTION_PARETONORMAL + 1);
	tcase_add_test(delays, delay_is_never_negative);
	tcase_add_test(delays, seed_decides);
	suite_add_tcase(suite, chances);
	suite_add_tcase(suite, order);
	suite_add_tcase(suite, delays);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
