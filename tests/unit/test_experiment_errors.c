/* SPDX-License-Identifier: Apache-2.0 */
/* Every message about an invalid experiment, with its place. */
#include "tests/unit/experiment_case.h"

/* Each case is a snippet in a file that is valid otherwise. */

#define HEAD	"version: 1\ntitle: x\n"
#define TARGETS "targets: { users: { container: users }, shop: { netns: shop } }\n"
#define METHOD	"method:\n  - latency: { target: users, delay: 1ms }\n    for: 1s\n"
#define PROBES                                                                                     \
	"steady_state:\n"                                                                          \
	"  - { name: gateway, http: \"http://h/\", tolerate: { success: \">= 9%\" } }\n"

#define STEP(text)     HEAD TARGETS "method:\n  - " text
#define TARGET(text)   HEAD "targets:\n  a: " text "\n" METHOD_A
#define METHOD_A       "method: [{ kill: a }]\n"
#define HTTP(text)     HEAD "steady_state:\n  - name: p\n    tolerate: { p50: < 1s }\n    http: " text
#define VARIABLES(text) HEAD "variables:\n  " text TARGETS METHOD

static const struct {
	const char *text;
	const char *messages;
} invalid[] = {
#include "tests/unit/experiment_cases.inc"
};

START_TEST(experiment_refuses)
{
	ck_assert_int_eq(parse(invalid[_i].text), -1);
	ck_assert_str_eq(messages(), invalid[_i].messages);
	ck_assert_ptr_null(experiment.arena.blocks);
}
END_TEST

/* Parts of files that are valid by themselves, so that the cases above fail for their own reason. */
START_TEST(parts_are_valid)
{
	assert_valid(HEAD TARGETS METHOD PROBES);
	teardown();
	assert_valid(TARGET("{ netns: a }"));
	teardown();
	assert_valid(HTTP("http://h/\n"));
	teardown();
	assert_valid(VARIABLES("a: 1\n"));
}
END_TEST

START_TEST(errors_beyond_the_list_are_counted)
{
	char text[16384] = HEAD TARGETS METHOD;
	char line[32];

	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "key%d: 1\n", i);
		strcat(text, line);
	}
	ck_assert_int_eq(parse(text), -1);
	ck_assert_uint_eq(errors.count, ERR_LIST_MAX);
	ck_assert_uint_eq(errors.total, 100);
}
END_TEST

/* 64 KiB of "${a}${a}…", each of which stands for 64 KiB. */
START_TEST(substitution_bombs_are_refused)
{
	static char text[256 * 1024];
	char *at = stpcpy(text, HEAD "variables:\n  a: ");

	memset(at, 'x', 60000);
	at = stpcpy(at + 60000, "\n  b: \"");
	for (int i = 0; i < 15000; i++)
		at = stpcpy(at, "${a}");
	strcpy(at, "\"\n" TARGETS METHOD);
	ck_assert_int_eq(parse(text), -1);
	ck_assert_str_eq(messages(), "f.yaml:5:6: b: more than 64 KiB with its variables\n");
}
END_TEST

START_TEST(substitution_is_limited_in_total)
{
	static char text[256 * 1024];
	char *at = stpcpy(text, HEAD "variables:\n  a: ");

	memset(at, 'x', 60000);
	at = stpcpy(at + 60000, "\ntags:\n");
	for (int i = 0; i < 100; i++)
		at = stpcpy(at, "  - \"${a}\"\n");
	strcpy(at, TARGETS METHOD);
	ck_assert_int_eq(parse(text), -1);
	ck_assert_uint_eq(errors.total, 100 - 2 * 1024 * 1024 / 60000);
	ck_assert_str_eq(errors.items[0].message,
		"tags: the variables of this file make it larger than 2048 KiB");
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
	ck_assert_int_eq(
		experiment_read("/nonexistent/f.yaml", NULL, 0, &experiment, &errors), -1);
	ck_assert_str_eq(messages(),
		"/nonexistent/f.yaml: cannot be opened: No such file or directory\n");
	memset(&errors, 0, sizeof(errors));
	ck_assert_int_eq(experiment_read("/", NULL, 0, &experiment, &errors), -1);
	ck_assert_str_eq(messages(), "/: cannot be read: Is a directory\n");
	memset(&errors, 0, sizeof(errors));
	ck_assert_int_eq(experiment_read("/dev/zero", NULL, 0, &experiment, &errors), -1);
	ck_assert_str_eq(messages(), "/dev/zero: the file is larger than 1024 KiB\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("experiment errors");
	TCase *tests = tcase_create("experiment errors");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, parts_are_valid);
	tcase_add_loop_test(tests, experiment_refuses, 0, COUNT(invalid));
	tcase_add_test(tests, errors_beyond_the_list_are_counted);
	tcase_add_test(tests, substitution_bombs_are_refused);
	tcase_add_test(tests, substitution_is_limited_in_total);
	tcase_add_test(tests, files_that_cannot_be_read);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
