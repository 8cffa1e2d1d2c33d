/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in a cgroup, which must be known of all of it; any directory will do for one. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/cgroup.h"

static char top[] = "/tmp/perturb-cgroup-XXXXXX";

static void make(const char *below, const char *processes)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", top, below);
	if (*below != '\0')
		ck_assert_int_eq(mkdir(path, 0755), 0);
	strncat(path, "/cgroup.procs", sizeof(path) - strlen(path) - 1);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(processes, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chmod(top, 0755), 0);
	make("", "11\n12\n");
	make("/a", "21\n");
	make("/a/b", "31\n32\n");
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

static bool add(pid_t pid, void *data)
{
	*(int *)data += (int)pid;
	return pid != 21;
}

static bool add_all(pid_t pid, void *data)
{
	*(int *)data += (int)pid;
	return true;
}

START_TEST(all_below_are_called)
{
	struct err err = {0};
	int sum = 0;

	ck_assert_int_eq(cgroup_each_process(top, add_all, &sum, &err), 5);
	ck_assert_int_eq(sum, 11 + 12 + 21 + 31 + 32);
}
END_TEST

START_TEST(function_ends_it)
{
	struct err err = {0};
	int sum = 0;

	ck_assert_int_eq(cgroup_each_process(top, add, &sum, &err), 3);
	ck_assert_int_eq(sum, 11 + 12 + 21);
}
END_TEST

START_TEST(gone_cgroup_is_an_error)
{
	struct err err = {0};
	int sum = 0;

	ck_assert_int_eq(cgroup_each_process("/tmp/perturb-no-cgroup", add_all, &sum, &err), -1);
	ck_assert_int_eq(err.sys, ENOENT);
}
END_TEST

/* Somebody protected may be in what cannot be read. */
START_TEST(unreadable_cgroup_is_an_error)
{
	struct err err = {0};
	char path[512];
	int sum = 0;
	int count;

	snprintf(path, sizeof(path), "%s/a/b", top);
	ck_assert_int_eq(chmod(path, 0), 0);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	count = cgroup_each_process(top, add_all, &sum, &err);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(path, 0755), 0);
	ck_assert_int_eq(count, -1);
	ck_assert_int_eq(err.sys, EACCES);
	ck_assert_ptr_nonnull(strstr(err.message, "cgroup b"));
}
END_TEST

START_TEST(unreadable_processes_are_an_error)
{
	struct err err = {0};
	char path[512];
	int sum = 0;
	int count;

	snprintf(path, sizeof(path), "%s/a/cgroup.procs", top);
	ck_assert_int_eq(chmod(path, 0), 0);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	count = cgroup_each_process(top, add_all, &sum, &err);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(count, -1);
	ck_assert_int_eq(err.sys, EACCES);
}
END_TEST

START_TEST(too_deep_is_an_error)
{
	struct err err = {0};
	char below[256] = "/a/b";
	int sum = 0;

	for (int i = 0; i < 20; i++) {
		strncat(below, "/c", sizeof(below) - strlen(below) - 1);
		make(below, "");
	}
	ck_assert_int_eq(cgroup_each_process(top, add_all, &sum, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "levels below"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cgroup");
	TCase *cases = tcase_create("processes");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(cases, begin, end);
	tcase_add_test(cases, all_below_are_called);
	tcase_add_test(cases, function_ends_it);
	tcase_add_test(cases, gone_cgroup_is_an_error);
	tcase_add_test(cases, unreadable_cgroup_is_an_error);
	tcase_add_test(cases, unreadable_processes_are_an_error);
	tcase_add_test(cases, too_deep_is_an_error);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
