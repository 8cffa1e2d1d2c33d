/* SPDX-License-Identifier: Apache-2.0 */
/* The words shown by "plan"; that tc understands them as meant is tested in tests/kernel. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults/netem_text.h"
#include "faults/operation.h"
#include "faults/shell.h"
#include "reports/mem.h"

struct text_case {
	struct impairment impairment;
	const char *expected;
};

static const struct text_case cases[] = {
	{
		{.limit = 1000, .delay_ns = 100000000},
		"netem limit 1000 delay 100ms",
	},
	{
		{.limit = 1000, .delay_ns = 1500000, .jitter_ns = 250000},
		"netem limit 1000 delay 1500us 250us",
	},
	{
		{.limit = 4000000,
			.delay_ns = 2000000000,
			.jitter_ns = 1000000000,
			.delay_correlation = 25,
			.distribution = DISTRIBUTION_PARETONORMAL},
		"netem limit 4000000 delay 2s 1s 25% distribution paretonormal",
	},
	{
		{.limit = 1000, .loss = 0.1, .loss_correlation = 33.3},
		"netem limit 1000 loss 0.1% 33.3%",
	},
	{
		/* three tenths are not exactly 0.3 */
		{.limit = 1000, .loss = 0.1 + 0.2},
		"netem limit 1000 loss 0.30000000000000004%",
	},
	{
		{.limit = 1000, .gemodel = {.p = 1, .r = 20, .bad_loss = 100, .good_loss = 0.1}},
		"netem limit 1000 loss gemodel 1% 20% 100% 0.1%",
	},
	{
		{.limit = 1000,
			.four_state = {.p13 = 1, .p31 = 20, .p23 = 100},
			.duplicate = 1,
			.duplicate_correlation = 50},
		"netem limit 1000 loss 0% 0% loss state 1% 20% 0% 100% 0% duplicate 1% 50%",
	},
	{
		{.limit = 1000, .loss = 1, .ecn = true, .duplicate = 1},
		"netem limit 1000 loss 1% ecn duplicate 1%",
	},
	{
		/* tc drops the correlation of duplicates when it stands alone */
		{.limit = 1000, .duplicate = 1, .duplicate_correlation = 50},
		"netem limit 1000 loss 0% 0% duplicate 1% 50%",
	},
	{
		{.limit = 1000,
			.loss = 2,
			.loss_correlation = 3,
			.duplicate = 1,
			.duplicate_correlation = 50},
		"netem limit 1000 loss 2% 3% duplicate 1% 50%",
	},
	{
		{.limit = 1000,
			.delay_ns = 10000000,
			.reorder = 25,
			.reorder_correlation = 50,
			.reorder_gap = 5},
		"netem limit 1000 delay 10ms reorder 25% 50% gap 5",
	},
	{
		{.limit = 1000, .corrupt = 0.01, .rate_bits = 10000000},
		"netem limit 1000 corrupt 0.01% rate 10mbit",
	},
	{
		{.limit = 1000, .rate_bits = 1234567},
		"netem limit 1000 rate 1234567bit",
	},
	{
		{.limit = 1000, .rate_bits = 1000000, .packet_overhead = -14},
		"netem limit 1000 rate 1mbit -14",
	},
	{
		{.limit = 1000, .rate_bits = 1000000, .cell_size = 48, .cell_overhead = 5},
		"netem limit 1000 rate 1mbit 0 48 5",
	},
	{
		{.limit = 7, .slots = {.minimum_ns = 1000, .maximum_ns = 2000000, .packets = 3}},
		"netem limit 7 slot 1us 2ms packets 3",
	},
	{
		{.limit = 7,
			.delay_ns = 20000000,
			.jitter_ns = 10000000,
			.table = 2,
			.slots = {.delay_ns = 3000000,
				.jitter_ns = 1000000,
				.distribution = DISTRIBUTION_NORMAL,
				.bytes = 4}},
		"netem limit 7 delay 20ms 10ms distribution table-2 slot distribution normal 3ms "
		"1ms "
		"bytes 4",
	},
	{
		{.limit = 1000, .rate_bits = 100000000000},
		"netem limit 1000 rate 100gbit",
	},
};

START_TEST(impairment_in_words)
{
	const struct text_case *expected = &cases[_i];
	cleanup_free char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	netem_describe(&expected->impairment, out);
	fclose(out);
	ck_assert_str_eq(text, expected->expected);
}
END_TEST

static char *describe(const struct operation *operation)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	operation_ops(operation->type)->describe(operation, out);
	fclose(out);
	return text;
}

START_TEST(whole_netem_command)
{
	const struct operation operation = {
		.type = OPERATION_NETEM,
		.netns_path = "/proc/42/ns/net",
		.interface = "eth0",
		.impairment = {.limit = 1000, .delay_ns = 1000000},
	};
	cleanup_free char *text = describe(&operation);

	ck_assert_str_eq(text, "nsenter --net=/proc/42/ns/net tc qdisc add dev eth0 root handle "
			       "7065: netem limit 1000 delay 1ms");
}
END_TEST

START_TEST(whole_tbf_command)
{
	const struct operation operation = {
		.type = OPERATION_TBF,
		.netns_path = "/run/netns/it's mine",
		.interface = "eth0",
		.impairment = {.rate_bits = 8000000, .burst_bytes = 10000},
	};
	cleanup_free char *text = describe(&operation);

	/* 100 ms of 1 MB/s and the bucket */
	ck_assert_str_eq(text,
		"nsenter --net='/run/netns/it'\\''s mine' tc qdisc add dev eth0 root "
		"handle 7065: tbf rate 8mbit burst 10000 limit 110000");
}
END_TEST

START_TEST(words_for_a_shell)
{
	static const char *const words[][2] = {
		{"plain-1.0/a_b:c", "plain-1.0/a_b:c"},
		{"", "''"},
		{"a b", "'a b'"},
		{"$(reboot)", "'$(reboot)'"},
		{"it's", "'it'\\''s'"},
		{"~root", "'~root'"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		cleanup_free char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		shell_quote(words[i][0], out);
		fclose(out);
		ck_assert_str_eq(text, words[i][1]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netem_text");
	TCase *tcase = tcase_create("text");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, impairment_in_words, 0, (int)ARRAY_SIZE(cases));
	tcase_add_test(tcase, whole_netem_command);
	tcase_add_test(tcase, whole_tbf_command);
	tcase_add_test(tcase, words_for_a_shell);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
