/* SPDX-License-Identifier: Apache-2.0 */
/* Picking some of a target's instances. */
#include <check.h>
#include <string.h>

#include "experiments/targets/targets.h"
#include "reports/mem.h"

#define SEED 42

/* Instances named 000, 001, … */
static struct instance_list make_list(size_t count)
{
	struct instance_list list = {0};

	for (size_t i = 0; i < count; i++) {
		list.items = xgrow(list.items, list.count, sizeof(*list.items));
		list.items[list.count++].name = xasprintf("%03zu", i);
	}
	return list;
}

static struct instance_list picked(
	size_t count, const struct pick *pick, uint64_t seed, const char *name)
{
	struct instance_list list = make_list(count);

	targets_pick(&list, pick, seed, name);
	return list;
}

static bool are_equal(const struct instance_list *a, const struct instance_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i].name, b->items[i].name) != 0)
			return false;
	return true;
}

static const struct {
	struct pick pick;
	size_t count;
	size_t wanted;
} sizes[] = {
	{{.mode = PICK_ALL}, 7, 7},
	{{.mode = PICK_NUMBER, .number = 1}, 7, 1},
	{{.mode = PICK_NUMBER, .number = 7}, 7, 7},
	{{.mode = PICK_NUMBER, .number = 99}, 7, 7},
	{{.mode = PICK_PERCENT, .percent = 50}, 3, 2}, /* rounded up */
	{{.mode = PICK_PERCENT, .percent = 1}, 7, 1},
	{{.mode = PICK_PERCENT, .percent = 100}, 7, 7},
	{{.mode = PICK_PERCENT, .percent = 10}, 30, 3}, /* 3.0000000000000004 otherwise */
	{{.mode = PICK_PERCENT, .percent = 7}, 100, 7},
	{{.mode = PICK_PERCENT, .percent = 50}, 0, 0},
	{{.mode = PICK_NUMBER, .number = 1}, 0, 0},
};

START_TEST(as_many_as_asked_are_picked)
{
	struct instance_list list = picked(sizes[_i].count, &sizes[_i].pick, SEED, "users");

	ck_assert_uint_eq(list.count, sizes[_i].wanted);
	instance_list_release(&list);
}
END_TEST

START_TEST(the_order_stays)
{
	const struct pick pick = {.mode = PICK_NUMBER, .number = 40};
	struct instance_list list = picked(100, &pick, SEED, "users");

	ck_assert_uint_eq(list.count, 40);
	for (size_t i = 1; i < list.count; i++)
		ck_assert_str_lt(list.items[i - 1].name, list.items[i].name);
	instance_list_release(&list);
}
END_TEST

START_TEST(a_seed_repeats)
{
	const struct pick pick = {.mode = PICK_NUMBER, .number = 10};
	struct instance_list first = picked(100, &pick, SEED, "users");
	struct instance_list again = picked(100, &pick, SEED, "users");
	struct instance_list other_seed = picked(100, &pick, SEED + 1, "users");
	struct instance_list other_target = picked(100, &pick, SEED, "orders");

	ck_assert(are_equal(&first, &again));
	ck_assert(!are_equal(&first, &other_seed));
	ck_assert(!are_equal(&first, &other_target));
	instance_list_release(&first);
	instance_list_release(&again);
	instance_list_release(&other_seed);
	instance_list_release(&other_target);
}
END_TEST

/* Over many seeds, each of 10 instances is among 3 picked ones as often as the next: 3,000 of
 * 10,000 times, with a standard deviation of 46; five of them are allowed. */
START_TEST(no_instance_is_preferred)
{
	const struct pick pick = {.mode = PICK_NUMBER, .number = 3};
	unsigned int times[10] = {0};

	for (uint64_t seed = 0; seed < 10000; seed++) {
		struct instance_list list = picked(10, &pick, seed, "users");

		for (size_t i = 0; i < list.count; i++)
			times[list.items[i].name[2] - '0']++;
		instance_list_release(&list);
	}
	for (size_t i = 0; i < 10; i++) {
		ck_assert_uint_gt(times[i], 3000 - 5 * 46);
		ck_assert_uint_lt(times[i], 3000 + 5 * 46);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pick");
	TCase *tcase = tcase_create("pick");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, as_many_as_asked_are_picked, 0, (int)ARRAY_SIZE(sizes));
	tcase_add_test(tcase, the_order_stays);
	tcase_add_test(tcase, a_seed_repeats);
	tcase_add_test(tcase, no_instance_is_preferred);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
