/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/file.h"
#include "reports/identity.h"
#include "tests/unit/synthetic_report.h"

#define NAME "perturb-the-gateway-answers-while-users-is-slow-20261124T074300Z"

static char directory[] = "/tmp/perturb-test-XXXXXX";

static void enter_directory(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void leave_directory(void)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;

	ck_assert_ptr_nonnull(stream);
	while ((entry = readdir(stream)) != NULL) {
		if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2)
			unlinkat(dirfd(stream), entry->d_name, 0);
	}
	closedir(stream);
	ck_assert_int_eq(rmdir(directory), 0);
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
}

static size_t count_files(void)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	ck_assert_ptr_nonnull(stream);
	while ((entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			count++;
	}
	closedir(stream);
	return count;
}

/* Writes the synthetic report and checks that it is whole; returns its path. */
static char *write_one(void)
{
	struct report report = synthetic_report();
	char *path = NULL;
	char text[16384];
	struct err err = {0};
	size_t length;
	FILE *file;
	cJSON *root;

	ck_assert_msg(report_write(&report, directory, &path, &err) == 0, "%s", err.message);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	root = cJSON_Parse(text);
	ck_assert_msg(root != NULL, "no whole JSON in %s", path);
	cJSON_Delete(root);
	report_release(&report);
	return path;
}

/* Tries to write a report, which must fail and leave nothing behind. */
static void write_none(const char *where, struct err *err)
{
	struct report report = synthetic_report();
	char *path = NULL;

	ck_assert_int_eq(report_write(&report, where, &path, err), -1);
	ck_assert_ptr_null(path);
	ck_assert_str_ne(err->message, "");
	report_release(&report);
}

START_TEST(name_tells_title_and_time)
{
	char *path = write_one();
	char expected[256];

	snprintf(expected, sizeof(expected), "%s/" NAME ".json", directory);
	ck_assert_str_eq(path, expected);
	ck_assert_uint_eq(count_files(), 1);
	free(path);
}
END_TEST

START_TEST(odd_titles_make_plain_names)
{
	static const struct {
		const char *title;
		const char *slug;
	} cases[] = {
		{"", "experiment"},
		{"///", "experiment"},
		{"../../etc/passwd", "etc-passwd"},
		{"-rf *", "rf"},
		{"Öl & Wasser", "l-wasser"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
	};
	struct report report = synthetic_report();
	char expected[256];
	char *path;

	report.title = cases[_i].title;
	ck_assert_int_eq(report_write(&report, directory, &path, NULL), 0);
	snprintf(expected, sizeof(expected), "%s/perturb-%s-20261124T074300Z.json", directory,
		cases[_i].slug);
	ck_assert_str_eq(path, expected);
	free(path);
	report_release(&report);
}
END_TEST

START_TEST(nothing_is_ever_replaced)
{
	char *first = write_one();
	char *second = write_one();
	char *third = write_one();

	ck_assert_str_eq(strrchr(first, '/') + 1, NAME ".json");
	ck_assert_str_eq(strrchr(second, '/') + 1, NAME "-2.json");
	ck_assert_str_eq(strrchr(third, '/') + 1, NAME "-3.json");
	ck_assert_uint_eq(count_files(), 3);
	free(first);
	free(second);
	free(third);
}
END_TEST

START_TEST(symbolic_links_are_not_followed)
{
	char victim[256];
	char trap[256];
	struct stat status;
	char *path;

	snprintf(victim, sizeof(victim), "%s/victim", directory);
	snprintf(trap, sizeof(trap), "%s/" NAME ".json", directory);
	ck_assert_int_eq(symlink(victim, trap), 0);
	path = write_one();
	ck_assert_str_eq(strrchr(path, '/') + 1, NAME "-2.json");
	ck_assert_int_lt(stat(victim, &status), 0);
	free(path);
	/* the temporary name, too, if somebody could guess it */
	snprintf(trap, sizeof(trap), "%s/." NAME ".%ld.tmp", directory, (long)getpid());
	ck_assert_int_eq(symlink(victim, trap), 0);
	write_none(directory, &(struct err){0});
	ck_assert_int_lt(stat(victim, &status), 0);
	ck_assert_int_eq(lstat(trap, &status), 0);
}
END_TEST

START_TEST(a_missing_directory_is_an_error)
{
	struct err err = {0};

	ck_assert_int_eq(report_directory_check("/nonexistent/reports", &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.message, "/nonexistent/reports"));
	ck_assert_int_eq(report_directory_check("/etc/passwd", &err), -1);
	ck_assert_int_eq(err.sys, ENOTDIR);
	ck_assert_int_eq(report_directory_check(directory, &err), 0);
	write_none("/nonexistent/reports", &err);
	ck_assert_ptr_nonnull(strstr(err.message, "/nonexistent/reports"));
}
END_TEST

/* A write that stops half-way, as on a full disk: neither a part of a report nor a temporary file
 * stays. */
START_TEST(a_cut_write_leaves_nothing)
{
	const struct rlimit limit = {1000, 1000};
	struct err err = {0};

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	write_none(directory, &err);
	ck_assert_int_eq(err.sys, EFBIG);
	ck_assert_uint_eq(count_files(), 0);
}
END_TEST

START_TEST(a_full_file_system_leaves_nothing)
{
	struct err err = {0};

	/* in a mount namespace of its own: nobody else sees it */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("none", directory, "tmpfs", 0, "size=4096") < 0) {
		printf("skip - full file system: cannot mount a tmpfs: %s\n", strerror(errno));
		return;
	}
	write_none(directory, &err);
	ck_assert_uint_eq(count_files(), 0);
	ck_assert_int_eq(umount(directory), 0);
	ck_assert_int_eq(err.sys, ENOSPC);
}
END_TEST

START_TEST(belongs_to_the_caller_of_sudo)
{
	struct stat status;
	struct err err = {0};
	char *path;

	if (geteuid() != 0) {
		puts("skip - report of a sudo user: needs root");
		return;
	}
	setenv("SUDO_UID", "12345", 1);
	setenv("SUDO_GID", "23456", 1);
	ck_assert_int_eq(chmod(directory, 0777), 0);
	ck_assert_int_eq(identity_prepare(&err), 0);
	path = write_one();
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_uid, 12345);
	ck_assert_uint_eq(status.st_gid, 23456);
	ck_assert_uint_eq(status.st_mode & 07777, 0644);
	free(path);
	ck_assert_int_eq(chmod(directory, 0755), 0);
	ck_assert_int_eq(report_directory_check(directory, &err), -1);
	ck_assert_int_eq(err.sys, EACCES);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_file");
	TCase *tcase = tcase_create("file");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, enter_directory, leave_directory);
	tcase_add_test(tcase, name_tells_title_and_time);
	tcase_add_loop_test(tcase, odd_titles_make_plain_names, 0, 6);
	tcase_add_test(tcase, nothing_is_ever_replaced);
	tcase_add_test(tcase, symbolic_links_are_not_followed);
	tcase_add_test(tcase, a_missing_directory_is_an_error);
	tcase_add_test(tcase, a_cut_write_leaves_nothing);
	tcase_add_test(tcase, a_full_file_system_leaves_nothing);
	tcase_add_test(tcase, belongs_to_the_caller_of_sudo);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
