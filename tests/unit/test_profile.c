/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles and tables, from the text of an experiment to what is done to packets. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/distribution_file.h"
#include "experiments/experiment.h"
#include "faults/profile.h"
#include "reports/mem.h"

static struct experiment experiment;
static struct err_list errors;

static const struct fault_params *read_fault(const char *fault)
{
	cleanup_free char *text = xasprintf("version: 1\ntitle: t\ntargets: { a: { netns: a } }\n"
					    "method:\n  - %s\n    for: 1s\n",
		fault);

	memset(&errors, 0, sizeof(errors));
	if (experiment_parse("f", text, strlen(text), NULL, 0, &experiment, &errors) < 0)
		ck_abort_msg("%s: %s", fault, errors.items[0].message);
	return experiment.faults[0].params;
}

static void release(void)
{
	experiment_release(&experiment);
}

START_TEST(directions_differ)
{
	const struct fault_params *params = read_fault("network: { target: a, profile: 3g }");
	const struct impairment *up = fault_params_impairment(params, DIRECTION_EGRESS);
	const struct impairment *down = fault_params_impairment(params, DIRECTION_INGRESS);

	ck_assert_uint_eq(up->rate_bits, 768000);
	ck_assert_uint_eq(down->rate_bits, 1600000);
	ck_assert_int_eq(up->delay_ns, 150000000);
	ck_assert_int_eq(down->delay_ns, 150000000);
	/* 650 ms of the line, in whole frames */
	ck_assert_uint_eq(up->limit, 42);
	ck_assert_uint_eq(down->limit, 86);
	release();
}
END_TEST

START_TEST(what_is_given_goes_first)
{
	const struct fault_params *params =
		read_fault("network: { target: a, profile: lossy-wifi, latency: { delay: 20ms, "
			   "jitter: 5ms }, loss: { percent: 3% }, limit: 9 }");

	for (int i = 0; i < 2; i++) {
		const struct impairment *impairment =
			fault_params_impairment(params, (enum direction)i);

		ck_assert_int_eq(impairment->delay_ns, 20000000);
		ck_assert_int_eq(impairment->jitter_ns, 5000000);
		ck_assert_double_eq(impairment->loss, 3);
		ck_assert_double_eq(impairment->gemodel.p, 0);
		ck_assert_uint_eq(impairment->rate_bits, i == 0 ? 33000000 : 40000000);
		ck_assert_uint_eq(impairment->limit, 9);
	}
	release();
}
END_TEST

START_TEST(without_a_profile_both_are_the_same)
{
	const struct fault_params *params =
		read_fault("network: { target: a, profile: none, loss: { percent: 3% } }");

	ck_assert_ptr_eq(fault_params_impairment(params, DIRECTION_INGRESS), &params->network);
	ck_assert_uint_eq(params->network.limit, 0);
	release();
}
END_TEST

START_TEST(every_profile_is_valid)
{
	cleanup_free char *fault =
		xasprintf("network: { target: a, profile: %s }", profile_names[_i]);
	const struct fault_params *params = read_fault(fault);

	ck_assert_str_eq(profiles[_i]->name, profile_names[_i]);
	ck_assert_int_gt(fault_params_impairment(params, DIRECTION_EGRESS)->delay_ns, 0);
	ck_assert_int_gt(fault_params_impairment(params, DIRECTION_INGRESS)->delay_ns, 0);
	release();
}
END_TEST

START_TEST(uniform_slots_are_between)
{
	const struct fault_params *params = read_fault(
		"network: { target: a, slot: { delay: 10ms, jitter: 4ms, bytes: 3KiB } }");

	ck_assert_int_eq(params->network.slots.minimum_ns, 6000000);
	ck_assert_int_eq(params->network.slots.maximum_ns, 14000000);
	ck_assert_int_eq(params->network.slots.jitter_ns, 0);
	ck_assert_uint_eq(params->network.slots.bytes, 3072);
	release();
}
END_TEST

START_TEST(tables_are_numbered)
{
	char path[] = "/tmp/perturb-table.XXXXXX";
	int fd = mkstemp(path);
	cleanup_free char *fault = NULL;
	const struct fault_params *params;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "# two\n-8192 8192\n", 17), 17);
	close(fd);
	fault = xasprintf("network: { target: a, latency: { delay: 10ms, jitter: 4ms, table: %s }, "
			  "slot: { delay: 10ms, jitter: 4ms, table: %s } }",
		path, path);
	params = read_fault(fault);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_uint_eq(params->network.table, 1);
	ck_assert_uint_eq(params->network.slots.table, 1);
	ck_assert_uint_eq(experiment.tables->count, 1);
	ck_assert_uint_eq(experiment.tables->tables[0].size, 2);
	ck_assert_int_eq(experiment.tables->tables[0].deviates[0], -8192);
	/* It is no uniform one, which would lie between two. */
	ck_assert_int_eq(params->network.slots.jitter_ns, 4000000);
	release();
}
END_TEST

struct table_case {
	const char *text;
	int count; /* -1: refused */
	const char *message;
};

static const struct table_case table_cases[] = {
	{"1 2 3", 3, NULL},
	{"# comment\n\n-32768\t32767 0x10\r\n#1 2\n", 3, NULL},
	{"", -1, "has no numbers"},
	{"# 1 2\n", -1, "has no numbers"},
	{"1\n2 three", -1, "line 2: expected whole numbers from -32768 to 32767, not 'three'"},
	{"1.5", -1, "line 1: expected whole numbers"},
	{"32768", -1, "line 1: expected whole numbers"},
	{"99999999999999999999999999", -1, "line 1: expected whole numbers"},
};

START_TEST(text_of_a_table)
{
	const struct table_case *expected = &table_cases[_i];
	static struct distribution_table table;
	struct err err = {0};
	int result =
		distribution_parse(expected->text, strlen(expected->text), false, &table, &err);

	if (expected->count < 0) {
		ck_assert_int_eq(result, -1);
		ck_assert_msg(strstr(err.message, expected->message) != NULL, "%s", err.message);
		return;
	}
	ck_assert_msg(result == 0, "%s", err.message);
	ck_assert_int_eq((int)table.size, expected->count);
}
END_TEST

START_TEST(long_and_private_tables)
{
	static char text[2 * (DISTRIBUTION_TABLE_SIZE + 1)];
	static struct distribution_table table;
	struct err err = {0};

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 == 0 ? '7' : '\n';
	ck_assert_int_eq(distribution_parse(text, sizeof(text) - 2, false, &table, &err), 0);
	ck_assert_int_eq(distribution_parse(text, sizeof(text), false, &table, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "more than 16384 numbers"));
	ck_assert_int_eq(distribution_parse("secret", 6, true, &table, &err), -1);
	ck_assert_ptr_null(strstr(err.message, "secret"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("profile");
	TCase *tcase = tcase_create("profile");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, directions_differ);
	tcase_add_test(tcase, what_is_given_goes_first);
	tcase_add_test(tcase, without_a_profile_both_are_the_same);
	/* The first is "none", and the last NULL. */
	for (int i = 1; profile_names[i] != NULL; i++)
		tcase_add_loop_test(tcase, every_profile_is_valid, i, i + 1);
	tcase_add_test(tcase, uniform_slots_are_between);
	tcase_add_test(tcase, tables_are_numbered);
	tcase_add_loop_test(tcase, text_of_a_table, 0, (int)ARRAY_SIZE(table_cases));
	tcase_add_test(tcase, long_and_private_tables);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
