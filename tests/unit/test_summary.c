/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/summary.h"
#include "reports/text.h"
#include "tests/unit/synthetic_report.h"

static char *summarized(const struct report *report, bool color)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(stream);
	summary_print(report, color, stream);
	fclose(stream);
	return text;
}

static void assert_says(const char *text, const char *expected)
{
	ck_assert_msg(strstr(text, expected) != NULL, "no '%s' in:\n%s", expected, text);
}

START_TEST(says_what_matters)
{
	struct report report = synthetic_report();
	char *text = summarized(&report, false);

	assert_says(text, "broken: while the faults were active");
	assert_says(text, "latency on users: delay 200ms, jitter 20ms (by netem; reverted)");
	assert_says(text, "injected at 5.00s in 113 us, put back after 10.00s in 85 us");
	assert_says(text, "its target was gone at 7.00s, followed into process 5678 after 400.2ms");
	assert_says(text, "its target was gone at 9.00s\n");
	assert_says(text, "sent on 100 packets (12345 bytes)");
	assert_says(text, "no such process");
	assert_says(text, "broken: success 98.50% [96.2, 99.4] of 266, expected >= 99%\n");
	assert_says(text, "broken: p95 not known, expected <= 250ms");
	assert_says(text, "any[0] inconclusive: p99 20.50ms [12.2, ?] of 262, expected <= baseline "
			  "* 2 (24.6ms); would take 368\n");
	assert_says(text, "held: errors.timeout 3, expected <= 3\n");
	assert_says(text, "no longer steady after 1.20s\n");
	assert_says(text, "errors: 3 timeout, 1 status");
	assert_says(text, "not steady again");
	assert_says(text, "guard tripped: gateway \"answers\": success < 20% over 3s");
	/* 262 of 266, not rounded up */
	assert_says(text, "98.49%");
	free(text);
	report_release(&report);
}
END_TEST

START_TEST(colors_only_when_asked)
{
	struct report report = synthetic_report();
	char *plain = summarized(&report, false);
	char *colored = summarized(&report, true);

	ck_assert_ptr_null(strchr(plain, '\033'));
	assert_says(colored, "\033[31mbroken\033[0m");
	assert_says(colored, "\033[33many[0] inconclusive: ");
	assert_says(colored, "\033[2mheld: ");
	free(plain);
	free(colored);
	report_release(&report);
}
END_TEST

START_TEST(a_name_cannot_control_the_terminal)
{
	struct report report = synthetic_report();
	char *text;

	report.title = "\033]0;owned\a";
	report.faults[0].instance = "users\033[2J\r";
	report.probes[0].name = "a\nb";
	text = summarized(&report, false);
	ck_assert_ptr_null(strpbrk(text, "\033\a\r"));
	assert_says(text, "a\uFFFDb");
	free(text);
	report_release(&report);
}
END_TEST

START_TEST(many_faults_stay_readable)
{
	struct report report = synthetic_report();
	struct report_fault fault = report.faults[0];
	size_t lines = 0;
	char *text;

	fault.move_count = 0;
	report.faults = arena_alloc(&report.arena, 200 * sizeof(fault));
	for (size_t i = 0; i < 200; i++)
		report.faults[i] = fault;
	report.faults[150].state = "unreverted";
	report.fault_count = 200;
	text = summarized(&report, false);
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	ck_assert_uint_lt(lines, 60);
	assert_says(text, "and 189 more that went as planned");
	assert_says(text, "unreverted");
	free(text);
	report_release(&report);
}
END_TEST

START_TEST(text_is_decoded_by_the_book)
{
	static const struct {
		const char *text;
		uint32_t code_point;
		size_t length;
	} cases[] = {
		{"a", 'a', 1}, {"\xC3\xA9", 0xE9, 2}, {"\xE2\x82\xAC", 0x20AC, 3},
		{"\xF0\x9F\x98\x80", 0x1F600, 4}, {"\x80", 0xFFFD, 1}, /* a continuation alone */
		{"\xC0\x80", 0xFFFD, 1},			       /* overlong NUL */
		{"\xE0\x80\xAF", 0xFFFD, 1},			       /* overlong slash */
		{"\xED\xA0\x80", 0xFFFD, 1},			       /* a surrogate */
		{"\xF4\x90\x80\x80", 0xFFFD, 1},		       /* beyond U+10FFFF */
		{"\xFF", 0xFFFD, 1}, {"\xE2\x82", 0xFFFD, 1},	       /* cut off */
	};
	uint32_t code_point = 0;

	ck_assert_uint_eq(text_decode(cases[_i].text, &code_point), cases[_i].length);
	ck_assert_uint_eq(code_point, cases[_i].code_point);
}
END_TEST

START_TEST(text_is_cut_by_columns)
{
	ck_assert_uint_eq(text_width("abc"), 3);
	ck_assert_uint_eq(text_width("\u00e9\u20ac"), 2);
	ck_assert_uint_eq(text_width("\u65e5\u672c"), 4);
	ck_assert_uint_eq(text_cut("abc", 2), 2);
	ck_assert_uint_eq(text_cut("abc", 9), 3);
	ck_assert_uint_eq(text_cut("\u65e5\u672c", 3), 3);
	ck_assert_uint_eq(text_cut("\u00e9x", 1), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("summary");
	TCase *tcase = tcase_create("summary");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, says_what_matters);
	tcase_add_test(tcase, colors_only_when_asked);
	tcase_add_test(tcase, a_name_cannot_control_the_terminal);
	tcase_add_test(tcase, many_faults_stay_readable);
	tcase_add_loop_test(tcase, text_is_decoded_by_the_book, 0, 11);
	tcase_add_test(tcase, text_is_cut_by_columns);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
