/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units, in both directions, and the nearest name. */
#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/nearest.h"
#include "experiments/quote.h"
#include "experiments/units.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *text;
	int64_t ns;
} durations[] = {
	{"0", 0},
	{"0s", 0},
	{"0.0", 0},
	{"1ns", 1},
	{"150us", 150000},
	{"150µs", 150000},
	{"200ms", 200000000},
	{"200MS", 200000000},
	{"1.5s", 1500000000},
	{"0.1s", 100000000},
	{"2m", INT64_C(120000000000)},
	{"1h", INT64_C(3600000000000)},
	{"1m30s", INT64_C(90000000000)},
	{"1h2m3s4ms5us6ns", INT64_C(3723004005006)},
	{"8784h", DURATION_MAX_NS},
};

START_TEST(duration_reads)
{
	int64_t ns = -1;
	struct err err = {0};

	ck_assert_int_eq(duration_parse(durations[_i].text, &ns, &err), 0);
	ck_assert_int_eq(ns, durations[_i].ns);
	ck_assert_int_eq(err.code, ERR_NONE);
}
END_TEST

static const struct {
	const char *text;
	const char *message;
} bad_durations[] = {
	{"", "expected a duration such as 200ms, 1.5s or 2m, not ''"},
	{"200", "'200' has no unit: write 200ms or 200s"},
	{"1.5", "'1.5' has no unit: write 1.5ms or 1.5s"},
	{"ms", "expected a duration such as 200ms, 1.5s or 2m, not 'ms'"},
	{"-1s", "expected a duration such as 200ms, 1.5s or 2m, not '-1s'"},
	{"+1s", "expected a duration such as 200ms, 1.5s or 2m, not '+1s'"},
	{"1 s", "expected a duration such as 200ms, 1.5s or 2m, not '1 s'"},
	{" 1s", "expected a duration such as 200ms, 1.5s or 2m, not ' 1s'"},
	{"1s ", "expected a duration such as 200ms, 1.5s or 2m, not '1s '"},
	{"1d", "expected a duration such as 200ms, 1.5s or 2m, not '1d'"},
	{".5s", "expected a duration such as 200ms, 1.5s or 2m, not '.5s'"},
	{"1.s", "expected a duration such as 200ms, 1.5s or 2m, not '1.s'"},
	{"1,5s", "expected a duration such as 200ms, 1.5s or 2m, not '1,5s'"},
	{"1e3s", "expected a duration such as 200ms, 1.5s or 2m, not '1e3s'"},
	{"0x10s", "expected a duration such as 200ms, 1.5s or 2m, not '0x10s'"},
	{"1e400", "expected a duration such as 200ms, 1.5s or 2m, not '1e400'"},
	{"NaN", "expected a duration such as 200ms, 1.5s or 2m, not 'NaN'"},
	{"inf", "expected a duration such as 200ms, 1.5s or 2m, not 'inf'"},
	{"1s1s", "expected a duration such as 200ms, 1.5s or 2m, not '1s1s'"},
	{"1s1m", "expected a duration such as 200ms, 1.5s or 2m, not '1s1m'"},
	{"1m30", "expected a duration such as 200ms, 1.5s or 2m, not '1m30'"},
	{"9000h", "'9000h' is more than a year"},
	{"9999999999999999999s",
		"expected a duration such as 200ms, 1.5s or 2m, not '9999999999999999999s'"},
};

START_TEST(duration_refuses)
{
	int64_t ns = 42;
	struct err err = {0};

	ck_assert_int_eq(duration_parse(bad_durations[_i].text, &ns, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_str_eq(err.message, bad_durations[_i].message);
	ck_assert_int_eq(ns, 42);
}
END_TEST

static const struct {
	const char *text;
	double percent;
} percents[] = {{"0%", 0}, {"5%", 5}, {"0.1%", 0.1}, {"99.99%", 99.99}, {"100%", 100}};

START_TEST(percent_reads)
{
	double percent = -1;

	ck_assert_int_eq(percent_parse(percents[_i].text, &percent, NULL), 0);
	ck_assert_double_eq(percent, percents[_i].percent);
}
END_TEST

static const struct {
	const char *text;
	const char *message;
} bad_percents[] = {
	{"5", "'5' has no unit: write 5%"},
	{"100.1%", "'100.1%' is more than 100%"},
	{"-5%", "expected a percentage such as 5% or 0.1%, not '-5%'"},
	{"5 %", "expected a percentage such as 5% or 0.1%, not '5 %'"},
	{"5%%", "expected a percentage such as 5% or 0.1%, not '5%%'"},
	{"1e400", "expected a percentage such as 5% or 0.1%, not '1e400'"},
	{"NaN%", "expected a percentage such as 5% or 0.1%, not 'NaN%'"},
	{"", "expected a percentage such as 5% or 0.1%, not ''"},
};

START_TEST(percent_refuses)
{
	double percent = 42;
	struct err err = {0};

	ck_assert_int_eq(percent_parse(bad_percents[_i].text, &percent, &err), -1);
	ck_assert_str_eq(err.message, bad_percents[_i].message);
}
END_TEST

/* What tc(8) prints for these. */
static const struct {
	const char *text;
	uint64_t bits;
} rates[] = {
	{"0bit", 0},
	{"1000bit", 1000},
	{"10kbit", 10000},
	{"1.5mbit", 1500000},
	{"10Mbit", 10000000},
	{"1gbit", 1000000000},
	{"1tbit", UINT64_C(1000000000000)},
	{"1kibit", 1024},
	{"1mibit", 1048576},
	{"1gibit", 1073741824},
	{"100bps", 800},
	{"100kbps", 800000},
	{"1mbps", 8000000},
	{"1mibps", 8388608},
};

START_TEST(rate_reads)
{
	uint64_t bits = 42;

	ck_assert_int_eq(rate_parse(rates[_i].text, &bits, NULL), 0);
	ck_assert_uint_eq(bits, rates[_i].bits);
}
END_TEST

static const struct {
	const char *text;
	uint64_t bytes;
} sizes[] = {
	{"0B", 0},
	{"512B", 512},
	{"64KiB", 65536},
	{"64kib", 65536},
	{"1.5KiB", 1536},
	{"64kB", 64000},
	{"64KB", 64000},
	{"1MiB", 1048576},
	{"1GiB", 1073741824},
	{"1GB", 1000000000},
};

START_TEST(size_reads)
{
	uint64_t bytes = 42;

	ck_assert_int_eq(size_parse(sizes[_i].text, &bytes, NULL), 0);
	ck_assert_uint_eq(bytes, sizes[_i].bytes);
}
END_TEST

START_TEST(overhead_may_be_negative)
{
	struct err err;
	char buffer[32];
	int64_t bytes;

	ck_assert_int_eq(overhead_parse("-14B", &bytes, &err), 0);
	ck_assert_int_eq(bytes, -14);
	ck_assert_str_eq(overhead_format(bytes, buffer, sizeof(buffer)), "-14B");
	ck_assert_int_eq(overhead_parse("2KiB", &bytes, &err), 0);
	ck_assert_int_eq(bytes, 2048);
	ck_assert_str_eq(overhead_format(bytes, buffer, sizeof(buffer)), "2KiB");
	ck_assert_int_eq(overhead_parse("-14", &bytes, &err), -1);
	ck_assert_int_eq(overhead_parse("--14B", &bytes, &err), -1);
	ck_assert_int_eq(overhead_parse("-", &bytes, &err), -1);
}
END_TEST

START_TEST(rate_and_size_refuse)
{
	uint64_t value = 42;
	struct err err;

	ck_assert_int_eq(rate_parse("10", &value, &err), -1);
	ck_assert_str_eq(err.message, "'10' has no unit: write 10kbit or 10mbit");
	ck_assert_int_eq(rate_parse("10 mbit", &value, &err), -1);
	ck_assert_str_eq(
		err.message, "expected a rate such as 512kbit, 10mbit or 1gbit, not '10 mbit'");
	ck_assert_int_eq(rate_parse("2000tbit", &value, &err), -1);
	ck_assert_str_eq(err.message, "'2000tbit' is more than 1000tbit");
	ck_assert_int_eq(size_parse("64", &value, &err), -1);
	ck_assert_str_eq(err.message, "'64' has no unit: write 64KiB or 64MiB");
	ck_assert_int_eq(size_parse("64K", &value, &err), -1);
	ck_assert_int_eq(size_parse("999999999999999999GB", &value, &err), -1);
	ck_assert_uint_eq(value, 42);
}
END_TEST

START_TEST(frequency_reads)
{
	double frequency;
	struct err err;

	ck_assert_int_eq(frequency_parse("20/s", &frequency, &err), 0);
	ck_assert_double_eq(frequency, 20);
	ck_assert_int_eq(frequency_parse("600/m", &frequency, &err), 0);
	ck_assert_double_eq_tol(frequency, 10, 1e-9);
	ck_assert_int_eq(frequency_parse("0.5/s", &frequency, &err), 0);
	ck_assert_double_eq(frequency, 0.5);
	ck_assert_int_eq(frequency_parse("20", &frequency, &err), -1);
	ck_assert_str_eq(err.message, "'20' has no unit: write 20/s or 20/m");
	ck_assert_int_eq(frequency_parse("0/s", &frequency, &err), -1);
	ck_assert_str_eq(err.message, "'0/s' is never");
	ck_assert_int_eq(frequency_parse("20/d", &frequency, &err), -1);
}
END_TEST

START_TEST(count_reads)
{
	uint32_t count;

	ck_assert_int_eq(count_parse("0", &count, NULL), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(count_parse("4294967295", &count, NULL), 0);
	ck_assert_uint_eq(count, UINT32_MAX);
	ck_assert_int_eq(count_parse("4294967296", &count, NULL), -1);
	ck_assert_int_eq(count_parse("-1", &count, NULL), -1);
	ck_assert_int_eq(count_parse("1.0", &count, NULL), -1);
	ck_assert_int_eq(count_parse("0x1", &count, NULL), -1);
	ck_assert_int_eq(count_parse("", &count, NULL), -1);
}
END_TEST

static const struct {
	const char *text;
	int signal;
	const char *name;
} signals[] = {
	{"SIGTERM", SIGTERM, "TERM"},
	{"TERM", SIGTERM, "TERM"},
	{"term", SIGTERM, "TERM"},
	{"15", SIGTERM, "TERM"},
	{"sigusr1", SIGUSR1, "USR1"},
	{"9", SIGKILL, "KILL"},
};

START_TEST(signal_reads)
{
	char buffer[16];
	int signal = 0;

	ck_assert_int_eq(signal_parse(signals[_i].text, &signal, NULL), 0);
	ck_assert_int_eq(signal, signals[_i].signal);
	ck_assert_str_eq(signal_name(signal, buffer, sizeof(buffer)), signals[_i].name);
}
END_TEST

/* How systemd's image says that it wants to be stopped. */
START_TEST(signal_realtime)
{
	char buffer[16];
	int signal = 0;

	ck_assert_int_eq(signal_parse("SIGRTMIN+3", &signal, NULL), 0);
	ck_assert_int_eq(signal, SIGRTMIN + 3);
	ck_assert_str_eq(signal_name(signal, buffer, sizeof(buffer)), "RTMIN+3");
	ck_assert_int_eq(signal_parse("RTMIN+99", &signal, NULL), -1);
}
END_TEST

START_TEST(signal_refuses)
{
	static const char *const bad[] = {"0", "65", "SIG", "", "KILLL", "-9", "9.0", "SIGSIGTERM"};
	int signal = 42;

	for (int i = 0; i < COUNT(bad); i++)
		ck_assert_int_eq(signal_parse(bad[i], &signal, NULL), -1);
	ck_assert_int_eq(signal, 42);
}
END_TEST

START_TEST(formats_shortest)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{0, "0s"},
		{1, "1ns"},
		{150000, "150us"},
		{1500, "1.5us"},
		{200000000, "200ms"},
		{1500000000, "1.5s"},
		{1500500000, "1500.5ms"},
		{INT64_C(90000000000), "90s"},
		{INT64_C(120000000000), "2m"},
		{INT64_C(7200000000000), "2h"},
	};
	char buffer[64];

	for (int i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(
			duration_format(cases[i].ns, buffer, sizeof(buffer)), cases[i].text);
	ck_assert_str_eq(rate_format(10000000, buffer, sizeof(buffer)), "10mbit");
	ck_assert_str_eq(rate_format(1500000, buffer, sizeof(buffer)), "1.5mbit");
	ck_assert_str_eq(rate_format(123, buffer, sizeof(buffer)), "123bit");
	ck_assert_str_eq(rate_format(1234567, buffer, sizeof(buffer)), "1234.567kbit");
	ck_assert_str_eq(size_format(65536, buffer, sizeof(buffer)), "64KiB");
	ck_assert_str_eq(size_format(64000, buffer, sizeof(buffer)), "64kB");
	ck_assert_str_eq(size_format(1001, buffer, sizeof(buffer)), "1001B");
	ck_assert_str_eq(size_format(0, buffer, sizeof(buffer)), "0B");
	ck_assert_str_eq(percent_format(5, buffer, sizeof(buffer)), "5%");
	ck_assert_str_eq(percent_format(0.1, buffer, sizeof(buffer)), "0.1%");
	ck_assert_str_eq(percent_format(99.999, buffer, sizeof(buffer)), "99.999%");
	ck_assert_str_eq(percent_format(0.00001, buffer, sizeof(buffer)), "0.00001%");
}
END_TEST

/* What is written is read back as the same. */
START_TEST(formats_are_read_back)
{
	unsigned int state = 7;
	char buffer[64];

	for (int i = 0; i < 2000; i++) {
		int64_t ns = (int64_t)((uint64_t)rand_r(&state) << (rand_r(&state) % 20));
		uint64_t bits = (uint64_t)rand_r(&state) << (rand_r(&state) % 12);
		int64_t ns_again = -1;
		uint64_t again = 42;

		ck_assert_int_eq(duration_parse(duration_format(ns, buffer, sizeof(buffer)),
					 &ns_again, NULL),
			0);
		ck_assert_int_eq(ns_again, ns);
		ck_assert_int_eq(
			rate_parse(rate_format(bits, buffer, sizeof(buffer)), &again, NULL), 0);
		ck_assert_uint_eq(again, bits);
		ck_assert_int_eq(
			size_parse(size_format(bits, buffer, sizeof(buffer)), &again, NULL), 0);
		ck_assert_uint_eq(again, bits);
	}
}
END_TEST

static const char *nearest_of(const char *name)
{
	static const char *const names[] = {
		"delay", "jitter", "correlation", "distribution", "at", "for", "pick"};
	struct nearest nearest = nearest_begin(name, strlen(name));

	for (int i = 0; i < COUNT(names); i++)
		nearest_offer(&nearest, names[i]);
	return nearest.best;
}

START_TEST(nearest_finds)
{
	ck_assert_str_eq(nearest_of("delya"), "delay");
	ck_assert_str_eq(nearest_of("Delay"), "delay");
	ck_assert_str_eq(nearest_of("dely"), "delay");
	ck_assert_str_eq(nearest_of("jiter"), "jitter");
	ck_assert_str_eq(nearest_of("corelation"), "correlation");
	ck_assert_str_eq(nearest_of("distributoin"), "distribution");
	ck_assert_str_eq(nearest_of("ta"), "at");
	ck_assert_ptr_null(nearest_of("percent"));
	ck_assert_ptr_null(nearest_of("to"));
	ck_assert_ptr_null(nearest_of(""));
	ck_assert_ptr_null(nearest_of("dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
				      "dddddddddddddddddddddddddddd"));
}
END_TEST

START_TEST(quote_is_printable_and_short)
{
	char long_text[1000];
	struct quoted quoted;

	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	quoted = quote(long_text);
	ck_assert_uint_eq(strlen(quoted.text), 60 + strlen("…"));
	quoted = quote("a\033[31mb");
	ck_assert_str_eq(quoted.text, "a\xEF\xBF\xBD[31mb");
	quoted = quote("größe");
	ck_assert_str_eq(quoted.text, "größe");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("units");
	TCase *tests = tcase_create("units");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, duration_reads, 0, COUNT(durations));
	tcase_add_loop_test(tests, duration_refuses, 0, COUNT(bad_durations));
	tcase_add_loop_test(tests, percent_reads, 0, COUNT(percents));
	tcase_add_loop_test(tests, percent_refuses, 0, COUNT(bad_percents));
	tcase_add_loop_test(tests, rate_reads, 0, COUNT(rates));
	tcase_add_loop_test(tests, size_reads, 0, COUNT(sizes));
	tcase_add_test(tests, overhead_may_be_negative);
	tcase_add_test(tests, rate_and_size_refuse);
	tcase_add_test(tests, frequency_reads);
	tcase_add_test(tests, count_reads);
	tcase_add_loop_test(tests, signal_reads, 0, COUNT(signals));
	tcase_add_test(tests, signal_realtime);
	tcase_add_test(tests, signal_refuses);
	tcase_add_test(tests, formats_shortest);
	tcase_add_test(tests, formats_are_read_back);
	tcase_add_test(tests, nearest_finds);
	tcase_add_test(tests, quote_is_printable_and_short);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
