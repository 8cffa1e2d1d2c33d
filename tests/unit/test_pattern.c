/* SPDX-License-Identifier: Apache-2.0 */
/* Names, globs and regular expressions, and the cost of hostile ones. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "faults/expression.h"
#include "faults/pattern.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *pattern;
	const char *name;
	bool matches;
} matches[] = {
	{"users", "users", true},
	{"users", "users-1", false},
	{"users", "my-users", false},
	{"users-*", "users-1", true},
	{"users-*", "users-", true},
	{"users-?", "users-1", true},
	{"users-?", "users-12", false},
	{"users-[0-9]", "users-5", true},
	{"users-[!0-9]", "users-5", false},
	{"*", "anything", true},
	{"a\\*b", "a*b", true},
	{"a\\*b", "axb", false},
	{"/users/", "my-users-1", true},
	{"/^users-[0-9]+$/", "users-12", true},
	{"/^users-[0-9]+$/", "users-x", false},
	{"/^(users|orders)$/", "orders", true},
	{"/usr/bin/nginx", "/usr/bin/nginx", true},
	{"/run/netns/*", "/run/netns/shop", true},
	{"/proc/1/ns/net", "/proc/1/ns/net", true},
};

START_TEST(pattern_matches)
{
	struct err err = {0};

	ck_assert_int_eq(pattern_check(matches[_i].pattern, &err), 0);
	ck_assert_int_eq(pattern_match(matches[_i].pattern, matches[_i].name), matches[_i].matches);
}
END_TEST

static const struct {
	const char *pattern;
	const char *message;
} malformed[] = {
	{"", "the pattern is empty"},
	{"users-[0-9", "the pattern has a '[' without its ']'"},
	{"[", "the pattern has a '[' without its ']'"},
	{"[]", "the pattern has a '[' without its ']'"},
	{"[!", "the pattern has a '[' without its ']'"},
	{"//", "the regular expression is empty"},
	{"/(a/", "not a regular expression: Unmatched ( or \\("},
	{"/[a/", "not a regular expression: Unmatched [, [^, [:, [., or [="},
	{"/a{2,1}/", "not a regular expression: Invalid content of \\{\\}"},
	{"/(a)\\1/", "back-references such as \\1 are not supported in regular expressions"},
};

START_TEST(pattern_refuses)
{
	struct err err = {0};

	ck_assert_int_eq(pattern_check(malformed[_i].pattern, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_str_eq(err.message, malformed[_i].message);
}
END_TEST

/* Each would take regcomp gigabytes, or forever. */
static const char *const bombs[] = {
	"a{32767}",
	"((a{100}){100}){100}",
	"(((((((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+",
	"(a{1,20}|b{1,20}){1,20}",
	"((((a{1,9}){1,9}){1,9}){1,9}){1,9}",
	"(a?){400}(a?){400}",
	"((((((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))))))",
	"a++++++++++++++++++++++++++++",
	"a{9}{9}{9}{9}{9}{9}",
};

START_TEST(expression_refuses_bombs)
{
	clock_t begin = clock();
	struct err err = {0};

	ck_assert_int_eq(expression_check(bombs[_i], &err), -1);
	ck_assert_msg(strstr(err.message, "too complex") != NULL, "%s", err.message);
	ck_assert_double_le((double)(clock() - begin) / CLOCKS_PER_SEC, 0.1);
}
END_TEST

static const char *const ordinary[] = {
	"^ok$",
	"\"status\": *\"(up|ok)\"",
	"[[:digit:]]{4}-[0-9]{2}-[0-9]{2}",
	"[]a]+",
	"[^]a]{3}",
	"(a|b)*c+d?",
	"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
	"a\\{b",
	"a\\\\1",
};

START_TEST(expression_takes_ordinary)
{
	struct err err = {0};

	ck_assert_msg(expression_check(ordinary[_i], &err) == 0, "%s", err.message);
}
END_TEST

START_TEST(pattern_refuses_long)
{
	char text[1100];
	struct err err = {0};

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(pattern_check(text, &err), -1);
	ck_assert_str_eq(err.message, "the pattern is longer than 1024 bytes");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pattern");
	TCase *tests = tcase_create("pattern");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, pattern_matches, 0, COUNT(matches));
	tcase_add_loop_test(tests, pattern_refuses, 0, COUNT(malformed));
	tcase_add_loop_test(tests, expression_refuses_bombs, 0, COUNT(bombs));
	tcase_add_loop_test(tests, expression_takes_ordinary, 0, COUNT(ordinary));
	tcase_add_test(tests, pattern_refuses_long);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
