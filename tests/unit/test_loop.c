/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "experiments/loop.h"
#include "reports/mem.h"

#define MS INT64_C(1000000)

static struct loop *loop;

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop, NULL), 0);
}

static void teardown(void)
{
	loop_free(loop);
}

static void step(void)
{
	struct err err;

	ck_assert_msg(loop_step(loop, &err) == 0, "loop_step failed");
}

struct firing {
	struct loop_timer timer;
	int64_t fired_ns;
	int order;
	bool again;
};

static int fired;

static void on_timer(void *data, int64_t now)
{
	struct firing *firing = data;

	firing->fired_ns = now;
	firing->order = ++fired;
	if (firing->again)
		loop_arm(loop, &firing->timer, now);
}

static void firing_arm(struct firing *firing, int64_t due_ns)
{
	firing->timer.function = on_timer;
	firing->timer.data = firing;
	loop_arm(loop, &firing->timer, due_ns);
}

START_TEST(timers_fire_in_order_and_never_early)
{
	static const int delays_ms[] = {9, 3, 7, 1, 5, 8, 2, 6, 4, 10};
	struct firing firings[ARRAY_SIZE(delays_ms)] = {0};
	int64_t start = clock_now();

	fired = 0;
	for (size_t i = 0; i < ARRAY_SIZE(delays_ms); i++)
		firing_arm(&firings[i], start + delays_ms[i] * MS);
	while (fired < (int)ARRAY_SIZE(delays_ms))
		step();
	for (size_t i = 0; i < ARRAY_SIZE(delays_ms); i++) {
		ck_assert_int_eq(firings[i].order, delays_ms[i]);
		ck_assert_int_ge(firings[i].fired_ns, start + delays_ms[i] * MS);
		ck_assert_uint_eq(firings[i].timer.position, 0);
	}
}
END_TEST

START_TEST(timers_are_precise)
{
	int64_t best = INT64_MAX;

	fired = 0;
	for (int i = 0; i < 20; i++) {
		struct firing firing = {0};
		int64_t due = clock_now() + 2 * MS + 300000; /* no whole number of milliseconds */

		firing_arm(&firing, due);
		while (firing.fired_ns == 0)
			step();
		if (firing.fired_ns - due < best)
			best = firing.fired_ns - due;
	}
	/* The machine may be busy, but a timer of millisecond resolution would never be this good.
	 */
	ck_assert_int_lt(best, 300000);
}
END_TEST

START_TEST(timers_move_and_disarm)
{
	struct firing first = {0}, second = {0}, third = {0};
	int64_t start = clock_now();

	fired = 0;
	firing_arm(&first, start + 5 * MS);
	firing_arm(&second, start + 10 * MS);
	firing_arm(&third, start + 1 * MS);
	firing_arm(&second, start + 2 * MS); /* moves */
	loop_disarm(loop, &third.timer);
	loop_disarm(loop, &third.timer); /* harmless */
	while (fired < 2)
		step();
	ck_assert_int_eq(second.order, 1);
	ck_assert_int_eq(first.order, 2);
	ck_assert_int_eq(third.order, 0);
}
END_TEST

/* A heap of many, against the order that sorting would give. */
START_TEST(many_timers_keep_order)
{
	enum { COUNT = 1000 };
	static struct firing firings[COUNT];
	int64_t start = clock_now() - 100 * MS;
	int64_t previous = 0;
	unsigned int seed = 1;

	fired = 0;
	for (int i = 0; i < COUNT; i++)
		firing_arm(&firings[i], start + rand_r(&seed) % 1000);
	for (int i = 0; i < COUNT; i += 3)
		loop_disarm(loop, &firings[i].timer);
	for (int i = 0; i < COUNT; i += 6)
		firing_arm(&firings[i], start + rand_r(&seed) % 1000);
	step();
	ck_assert_int_eq(fired, COUNT - 167); /* every third but every sixth stayed disarmed */
	for (int order = 1; order <= fired; order++) {
		for (int i = 0; i < COUNT; i++) {
			if (firings[i].order != order)
				continue;
			ck_assert_int_ge(firings[i].timer.due_ns, previous);
			previous = firings[i].timer.due_ns;
		}
	}
}
END_TEST

struct reader {
	int fd;
	int forget; /* another descriptor, or -1 */
	int events;
};

static void on_readable(void *data, uint32_t events)
{
	struct reader *reader = data;
	char byte;

	ck_assert_uint_ne(events & EPOLLIN, 0);
	ck_assert_int_eq(read(reader->fd, &byte, 1), 1);
	reader->events++;
	if (reader->forget >= 0)
		loop_forget(loop, reader->forget);
}

START_TEST(timer_that_rearms_does_not_starve_descriptors)
{
	struct firing busy = {.again = true};
	struct reader reader = {.forget = -1};
	int ends[2];

	fired = 0;
	ck_assert_int_eq(pipe(ends), 0);
	reader.fd = ends[0];
	ck_assert_int_eq(loop_watch(loop, ends[0], EPOLLIN, on_readable, &reader, NULL), 0);
	firing_arm(&busy, clock_now());
	step();
	ck_assert_int_eq(fired, 1);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	step();
	ck_assert_int_eq(reader.events, 1);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* Both are ready in one round; whichever comes first forgets the other. */
START_TEST(forgotten_descriptor_is_not_called)
{
	struct reader readers[2];
	int ends[2][2];

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pipe(ends[i]), 0);
		readers[i] = (struct reader){.fd = ends[i][0], .forget = -1};
		ck_assert_int_eq(
			loop_watch(loop, ends[i][0], EPOLLIN, on_readable, &readers[i], NULL), 0);
		ck_assert_int_eq(write(ends[i][1], "x", 1), 1);
	}
	readers[0].forget = readers[1].fd;
	readers[1].forget = readers[0].fd;
	step();
	ck_assert_int_eq(readers[0].events + readers[1].events, 1);
	for (int i = 0; i < 2; i++) {
		close(ends[i][0]);
		close(ends[i][1]);
	}
}
END_TEST

/* Closed without loop_forget; the kernel has dropped it, and the number comes back. */
START_TEST(reused_descriptor_can_be_watched)
{
	struct reader reader = {.forget = -1};
	int first[2], second[2];

	ck_assert_int_eq(pipe(first), 0);
	ck_assert_int_eq(loop_watch(loop, first[0], EPOLLIN, on_readable, &reader, NULL), 0);
	close(first[0]);
	close(first[1]);
	ck_assert_int_eq(pipe(second), 0);
	ck_assert_int_eq(first[0], second[0]);
	reader.fd = second[0];
	ck_assert_int_eq(loop_watch(loop, second[0], EPOLLIN, on_readable, &reader, NULL), 0);
	ck_assert_int_eq(write(second[1], "x", 1), 1);
	step();
	ck_assert_int_eq(reader.events, 1);
	close(second[0]);
	close(second[1]);
}
END_TEST

START_TEST(unusable_descriptor_is_an_error)
{
	struct err err = {0};

	ck_assert_int_eq(loop_watch(loop, -1, EPOLLIN, on_readable, NULL, &err), -1);
	ck_assert_int_eq(err.code, ERR_SYSTEM);
	ck_assert_int_eq(loop_watch(loop, 1000, EPOLLIN, on_readable, NULL, &err), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loop");
	TCase *tests = tcase_create("loop");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, timers_fire_in_order_and_never_early);
	tcase_add_test(tests, timers_are_precise);
	tcase_add_test(tests, timers_move_and_disarm);
	tcase_add_test(tests, many_timers_keep_order);
	tcase_add_test(tests, timer_that_rearms_does_not_starve_descriptors);
	tcase_add_test(tests, forgotten_descriptor_is_not_called);
	tcase_add_test(tests, reused_descriptor_can_be_watched);
	tcase_add_test(tests, unusable_descriptor_is_an_error);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
