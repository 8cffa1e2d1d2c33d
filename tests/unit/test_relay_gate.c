/* SPDX-License-Identifier: Apache-2.0 */
/* What holds frames back that are due: slots and buckets, by a clock of the test's own. */
#include <check.h>
#include <stdlib.h>

#include "faults/relay_gate.h"
#include "faults/tbf.h"

#define MS 1000000LL

static struct relay_model model;
static struct relay_gate gate;

static void begin(const struct impairment *impairment)
{
	relay_model_init(&model, impairment, NULL, 1);
	relay_gate_init(&gate, impairment, 0);
}

/* When the next of the frames that wait leaves. */
static int64_t leave(int64_t due, uint64_t length, int64_t now)
{
	int64_t again = 0;

	while (!relay_gate_pass(&gate, &model, due, length, now, &again)) {
		ck_assert_int_gt(again, now);
		now = again;
	}
	return now;
}

START_TEST(nothing_holds_nothing_back)
{
	const struct impairment impairment = {.rate_bits = 1000000};

	begin(&impairment);
	ck_assert(!relay_gate_is_used(&gate));
}
END_TEST

/* 10,000 bytes at once, the others every 10 ms. */
START_TEST(bucket_lets_a_burst_pass)
{
	const struct impairment impairment = {.rate_bits = 800000, .burst_bytes = 10000};
	int64_t now = 0;

	begin(&impairment);
	ck_assert(relay_gate_is_used(&gate));
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(leave(0, 1000, now), 0);
	for (int i = 1; i <= 100; i++) {
		now = leave(0, 1000, now);
		ck_assert_int_eq(now, i * 10 * MS);
	}
	/* A pause fills it again, but not more than that. */
	now += 1000 * MS;
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(leave(0, 1000, now), now);
	ck_assert_int_eq(leave(0, 1000, now), now + 10 * MS);
}
END_TEST

/* The burst leaves at the peak, 5 ms for each frame but the first two; then the rate. */
START_TEST(peak_slows_a_burst)
{
	const struct impairment impairment = {.rate_bits = 800000,
		.burst_bytes = 20000,
		.peak_bits = 1600000,
		.peak_burst_bytes = 2000};
	int64_t now = 0;
	int64_t last = 0;
	int at_peak = 0;

	begin(&impairment);
	for (int i = 0; i < 100; i++) {
		now = leave(0, 1000, now);
		if (i >= 2 && now - last == 5 * MS)
			at_peak++;
		else if (i >= 2)
			ck_assert_int_eq(now - last, 10 * MS);
		last = now;
	}
	/* n (10 - 5) ms is what 18 frames of the burst make up for. */
	ck_assert_int_ge(at_peak, 34);
	ck_assert_int_le(at_peak, 38);
}
END_TEST

START_TEST(bucket_has_room)
{
	const struct impairment impairment = {
		.rate_bits = 800000, .burst_bytes = 10000, .queue_ns = 200 * MS};

	begin(&impairment);
	ck_assert_uint_eq(tbf_queue_bytes(&impairment), 30000);
	ck_assert(relay_gate_has_room(&gate, 29000, 1000));
	ck_assert(!relay_gate_has_room(&gate, 29001, 1000));
	ck_assert(relay_gate_has_room(&gate, 0, 10000));
	ck_assert_msg(!relay_gate_has_room(&gate, 0, 10001), "it would never leave");
}
END_TEST

START_TEST(slot_takes_so_many_packets)
{
	const struct impairment impairment = {
		.slots = {.minimum_ns = 10 * MS, .maximum_ns = 10 * MS, .packets = 3}};
	int64_t now = MS;

	begin(&impairment);
	ck_assert(relay_gate_is_used(&gate));
	for (int i = 0; i < 30; i++) {
		/* The first slot begins when the first frame is there, as those before are over. */
		now = leave(MS, 100, now);
		ck_assert_int_eq(now, 11 * MS + i / 3 * 10 * MS);
	}
}
END_TEST

START_TEST(slot_takes_so_many_bytes)
{
	const struct impairment impairment = {
		.slots = {.minimum_ns = 10 * MS, .maximum_ns = 10 * MS, .bytes = 2500}};
	int64_t now = MS;

	begin(&impairment);
	/* The last one is taken whole. */
	for (int i = 0; i < 30; i++) {
		now = leave(MS, 1000, now);
		ck_assert_int_eq(now, 11 * MS + i / 3 * 10 * MS);
	}
}
END_TEST

START_TEST(slots_lie_between)
{
	const struct impairment impairment = {
		.slots = {.minimum_ns = 10 * MS, .maximum_ns = 30 * MS, .packets = 1}};
	int64_t now = MS;
	int64_t shortest = INT64_MAX;
	int64_t longest = 0;
	int64_t sum = 0;

	begin(&impairment);
	now = leave(MS, 1, now);
	for (int i = 0; i < 10000; i++) {
		int64_t next = leave(MS, 1, now);
		int64_t gap = next - now;

		shortest = gap < shortest ? gap : shortest;
		longest = gap > longest ? gap : longest;
		sum += gap;
		now = next;
	}
	ck_assert_int_ge(shortest, 10 * MS);
	ck_assert_int_le(longest, 30 * MS);
	ck_assert_int_lt(shortest, 11 * MS);
	ck_assert_int_gt(longest, 29 * MS);
	ck_assert_double_eq_tol((double)sum / 10000, 20.0 * MS, 0.3 * MS);
}
END_TEST

START_TEST(slots_have_a_shape)
{
	static struct distribution_tables tables = {.count = 1};
	struct impairment impairment = {
		.slots = {.delay_ns = 20 * MS, .jitter_ns = 4 * MS, .packets = 1, .table = 1}};
	int64_t now = MS;

	/* Half a standard deviation below, or a whole one above. */
	tables.tables[0].size = 2;
	tables.tables[0].deviates[0] = -DISTRIBUTION_SCALE / 2;
	tables.tables[0].deviates[1] = DISTRIBUTION_SCALE;
	begin(&impairment);
	relay_model_init(&model, &impairment, &tables, 1);
	now = leave(MS, 1, now);
	for (int i = 0; i < 1000; i++) {
		int64_t next = leave(MS, 1, now);

		ck_assert(next - now == 18 * MS || next - now == 24 * MS);
		now = next;
	}
}
END_TEST

/* A frame that is due later waits for the slot after that. */
START_TEST(slots_wait_for_the_delay)
{
	const struct impairment impairment = {
		.slots = {.minimum_ns = 10 * MS, .maximum_ns = 10 * MS}};

	begin(&impairment);
	ck_assert_int_eq(leave(35 * MS, 1, 0), 45 * MS);
	/* That one is open without a limit. */
	ck_assert_int_eq(leave(40 * MS, 1, 47 * MS), 47 * MS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("relay_gate");
	TCase *tcase = tcase_create("gate");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, nothing_holds_nothing_back);
	tcase_add_test(tcase, bucket_lets_a_burst_pass);
	tcase_add_test(tcase, peak_slows_a_burst);
	tcase_add_test(tcase, bucket_has_room);
	tcase_add_test(tcase, slot_takes_so_many_packets);
	tcase_add_test(tcase, slot_takes_so_many_bytes);
	tcase_add_test(tcase, slots_lie_between);
	tcase_add_test(tcase, slots_have_a_shape);
	tcase_add_test(tcase, slots_wait_for_the_delay);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
