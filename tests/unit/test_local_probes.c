/* SPDX-License-Identifier: Apache-2.0 */
/* What probes of this machine's programs, files, logs and containers make of what they see. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/container_probe.h"
#include "experiments/probes/container_restarts.h"
#include "experiments/probes/log_lines.h"
#include "experiments/probes/text_match.h"
#include "reports/mem.h"

/* --- texts ---------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	bool is_number;
	double number;
} numbers[] = {
	{"42", true, 42},
	{" 42\n", true, 42},
	{"-1.5", true, -1.5},
	{"+2", true, 2},
	{"1e3\r\n", true, 1000},
	{".5", true, .5},
	{"", false, 0},
	{"\n", false, 0},
	{"4 2", false, 0},
	{"0x10", false, 0},
	{"inf", false, 0},
	{"nan", false, 0},
	{"1e999", false, 0},
	{"1e", false, 0},
	{"-", false, 0},
	{"12 apples", false, 0},
	{"1111111111222222222233333333334444444444555555555566666666667777", false, 0},
};

START_TEST(a_number_is_told_from_a_text)
{
	double number = 0;

	ck_assert_int_eq(text_number(numbers[_i].text, strlen(numbers[_i].text), &number),
		numbers[_i].is_number);
	if (numbers[_i].is_number)
		ck_assert_double_eq(number, numbers[_i].number);
}
END_TEST

START_TEST(a_nul_byte_is_no_number)
{
	double number;

	ck_assert(!text_number("4\0002", 3, &number));
	ck_assert(!text_number("4\0", 2, &number));
}
END_TEST

static enum outcome judge(const struct text_wanted *wanted, const char *text, size_t length)
{
	struct text_match *match = NULL;
	struct err err;
	enum outcome outcome;

	ck_assert_int_eq(text_match_new(wanted, &match, &err), 0);
	outcome = text_match_judge(match, text, length);
	text_match_free(match);
	return outcome;
}

START_TEST(a_text_is_compared)
{
	const struct text_wanted anything = {0};
	const struct text_wanted contains = {.contains = "b"};
	const struct text_wanted equals = {.equals = "abc"};
	const struct text_wanted nothing = {.equals = ""};
	const struct text_wanted matches = {.matches = "^a.c$"};
	const struct text_wanted ends = {.matches = "c$"};
	const struct text_wanted value = {.value = {.items = {{COMPARE_AT_LEAST, 3}}, .count = 1}};

	ck_assert(!text_is_wanted(&anything));
	ck_assert_int_eq(judge(&anything, "", 0), OUTCOME_OK);
	ck_assert_int_eq(judge(&contains, "abc", 3), OUTCOME_OK);
	ck_assert_int_eq(judge(&contains, "a\0b", 3), OUTCOME_OK);
	ck_assert_int_eq(judge(&contains, "ac", 2), OUTCOME_BODY);
	ck_assert_int_eq(judge(&equals, "abc\r\n", 5), OUTCOME_OK);
	ck_assert_int_eq(judge(&equals, "abc ", 4), OUTCOME_BODY);
	ck_assert_int_eq(judge(&equals, "ab", 2), OUTCOME_BODY);
	ck_assert_int_eq(judge(&nothing, "\n", 1), OUTCOME_OK);
	ck_assert_int_eq(judge(&nothing, "", 0), OUTCOME_OK);
	ck_assert_int_eq(judge(&matches, "abc", 3), OUTCOME_OK);
	ck_assert_int_eq(judge(&ends, "a\0c", 3), OUTCOME_OK);
	ck_assert_int_eq(judge(&matches, "abcd", 4), OUTCOME_BODY);
	ck_assert_int_eq(judge(&matches, "abcd", 3), OUTCOME_OK);
	ck_assert_int_eq(judge(&value, "3\n", 2), OUTCOME_OK);
	ck_assert_int_eq(judge(&value, "2.9", 3), OUTCOME_VALUE);
	ck_assert_int_eq(judge(&value, "many", 4), OUTCOME_VALUE);
}
END_TEST

/* --- lines ---------------------------------------------------------------------------------- */

static char seen[256]; /* the lines, each in brackets */
static size_t longest;

static void note(void *data, const char *text, size_t length)
{
	(void)data;
	longest = length > longest ? length : longest;
	strncat(seen, "[", sizeof(seen) - strlen(seen) - 1);
	strncat(seen, text, length < 20 ? length : 20);
	strncat(seen, "]", sizeof(seen) - strlen(seen) - 1);
}

static struct log_lines lines;

static void begin(void)
{
	lines = (struct log_lines){.line = note};
	seen[0] = '\0';
	longest = 0;
}

static void feed(const char *text)
{
	log_lines_feed(&lines, text, strlen(text));
}

START_TEST(lines_come_in_pieces)
{
	begin();
	feed("one\ntw");
	ck_assert_str_eq(seen, "[one]");
	feed("");
	feed("o");
	feed("\n\n\nthree\nfour");
	ck_assert_str_eq(seen, "[one][two][][][three]");
	log_lines_end(&lines);
	log_lines_end(&lines);
	ck_assert_str_eq(seen, "[one][two][][][three][four]");
	feed("five\n");
	ck_assert_str_eq(seen, "[one][two][][][three][four][five]");
	log_lines_release(&lines);
}
END_TEST

START_TEST(a_line_without_end_is_bounded)
{
	char piece[5000];

	begin();
	memset(piece, 'x', sizeof(piece) - 1);
	piece[sizeof(piece) - 1] = '\0';
	for (int i = 0; i < 100; i++)
		feed(piece);
	ck_assert_uint_eq(lines.length, LOG_LINE_MAX);
	feed("end\nnext\n");
	ck_assert_str_eq(seen, "[xxxxxxxxxxxxxxxxxxxx][next]");
	ck_assert_uint_eq(longest, LOG_LINE_MAX);
	log_lines_release(&lines);
}
END_TEST

/* --- containers ------------------------------------------------------------------------------ */

static struct container_condition condition(
	const char *id, const char *state, uint32_t restarts, const char *started)
{
	struct container_condition now = {.restarts = restarts};

	strncpy(now.id, id, sizeof(now.id) - 1);
	strncpy(now.state, state, sizeof(now.state) - 1);
	strncpy(now.started, started, sizeof(now.started) - 1);
	return now;
}

/* What is told, one after the other, and how many restarts that makes. */
static const struct {
	const char *id;
	const char *state;
	uint32_t restarts;
	const char *started;
	uint64_t count;
} told[] = {
	{"a", "running", 7, "10:00", 0}, /* what was before does not count */
	{"a", "running", 7, "10:00", 0},
	{"a", "restarting", 8, "10:00", 1}, /* by its policy: ended, and started a moment later */
	{"a", "running", 8, "10:01", 1},
	{"a", "running", 9, "10:02", 2}, /* the moment was missed */
	{"a", "running", 11, "10:04", 4},
	{"a", "restarting", 13, "10:05", 6}, /* the second of these has not begun */
	{"a", "running", 13, "10:06", 6}, {"a", "running", 13, "10:07", 7}, /* by hand */
	{"a", "exited", 13, "10:07", 7},
	{"a", "running", 0, "10:08", 8}, /* by hand, and the count begins again */
	{"b", "running", 0, "10:09", 9}, /* another one */
	{"b", "running", 0, "10:09", 9},
	{"b", "running", 0, "", 9}, /* an engine that does not say when */
};

START_TEST(restarts_are_counted)
{
	struct container_restarts restarts = {0};

	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		const struct container_condition now =
			condition(told[i].id, told[i].state, told[i].restarts, told[i].started);

		container_restarts_add(&restarts, &now);
		ck_assert_msg(restarts.count == told[i].count, "after %zu: %llu", i,
			(unsigned long long)restarts.count);
	}
}
END_TEST

static const struct {
	const char *wanted_state;
	const char *wanted_health; /* NULL: nothing said */
	const char *state;
	const char *health;
	uint64_t restarts; /* at most 1 is right */
	enum outcome outcome;
	bool frozen;
} conditions[] = {
	{"running", NULL, "running", "", 0, OUTCOME_OK, false},
	{"running", NULL, "exited", "", 0, OUTCOME_STATE, false},
	{"running", NULL, "running", "", 0, OUTCOME_STATE, true},
	{"paused", NULL, "running", "", 0, OUTCOME_OK, true},
	{"paused", NULL, "paused", "", 0, OUTCOME_OK, true},
	{"exited", "healthy", "exited", "unhealthy", 0, OUTCOME_OK, false},
	{"running", NULL, "running", "unhealthy", 0, OUTCOME_STATE, false},
	{"running", NULL, "running", "starting", 0, OUTCOME_OK, false},
	{"running", "healthy", "running", "", 0, OUTCOME_OK, false},
	{"running", "healthy", "running", "starting", 0, OUTCOME_STATE, false},
	{"running", "healthy", "running", "healthy", 0, OUTCOME_OK, false},
	{"running", "unhealthy", "running", "unhealthy", 0, OUTCOME_OK, false},
	{"running", NULL, "running", "", 1, OUTCOME_OK, false},
	{"running", NULL, "running", "", 2, OUTCOME_STATE, false},
};

START_TEST(a_container_is_judged)
{
	const struct container_probe probe = {
		.state = conditions[_i].wanted_state,
		.health = conditions[_i].wanted_health,
		.restarts = {.items = {{COMPARE_AT_MOST, 1}}, .count = 1},
	};
	struct container_condition now = condition("a", conditions[_i].state, 0, "");

	strncpy(now.health, conditions[_i].health, sizeof(now.health) - 1);
	ck_assert_int_eq(
		container_judge(&probe, &now, conditions[_i].frozen, conditions[_i].restarts),
		conditions[_i].outcome);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("local_probes");
	TCase *tcase = tcase_create("local_probes");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, a_number_is_told_from_a_text, 0, (int)ARRAY_SIZE(numbers));
	tcase_add_test(tcase, a_nul_byte_is_no_number);
	tcase_add_test(tcase, a_text_is_compared);
	tcase_add_test(tcase, lines_come_in_pieces);
	tcase_add_test(tcase, a_line_without_end_is_bounded);
	tcase_add_test(tcase, restarts_are_counted);
	tcase_add_loop_test(tcase, a_container_is_judged, 0, (int)ARRAY_SIZE(conditions));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
