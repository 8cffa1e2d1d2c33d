/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/identity.h"
#include "reports/json.h"
#include "reports/mem.h"

#define SLUG_MAX  48
#define TRIES_MAX 1000 /* reports of one title in one second */

static int check_directory(const char *directory, struct err *err)
{
	struct stat status;

	if (stat(directory, &status) < 0)
		return err_set(err, ERR_USAGE, errno, "report directory %s", directory);
	if (!S_ISDIR(status.st_mode))
		return err_set(err, ERR_USAGE, ENOTDIR, "report directory %s", directory);
	if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) < 0)
		return err_set(err, ERR_USAGE, errno,
			"cannot write into report directory %s (--out names another)", directory);
	return 0;
}

static int assume(struct err *err)
{
	if (identity_assume() < 0)
		return err_set(
			err, ERR_SYSTEM, errno, "cannot write reports as the user who called sudo");
	return 0;
}

int report_directory_check(const char *directory, struct err *err)
{
	int result;

	if (assume(err) < 0)
		return -1;
	result = check_directory(directory, err);
	identity_resume();
	return result;
}

/* Lower-case letters, digits and single hyphens; what a file name can be anywhere. */
static void make_slug(const char *title, char slug[SLUG_MAX + 1])
{
	size_t length = 0;

	for (; *title != '\0' && length < SLUG_MAX; title++) {
		char c = *title;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			slug[length++] = c;
		else if (length != 0 && slug[length - 1] != '-')
			slug[length++] = '-';
	}
	if (length != 0 && slug[length - 1] == '-')
		length--;
	slug[length] = '\0';
}

static char *make_stem(const struct report *report)
{
	char slug[SLUG_MAX + 1];
	char date[32];
	struct tm parts;

	make_slug(report->title == NULL ? "" : report->title, slug);
	if (gmtime_r(&report->started_at.tv_sec, &parts) == NULL ||
		strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &parts) == 0)
		snprintf(date, sizeof(date), "undated");
	return xasprintf("perturb-%s-%s", slug[0] == '\0' ? "experiment" : slug, date);
}

static int write_all(int fd, const char *text, struct err *err)
{
	size_t left = strlen(text);

	while (left != 0) {
		ssize_t written = write(fd, text, left);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return err_set(err, ERR_SYSTEM, errno, "cannot write the report");
		text += written;
		left -= (size_t)written;
	}
	return 0;
}

/* Gives the file its name, unless that is taken (EEXIST). */
static int rename_new(int directory, const char *from, const char *to)
{
	if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* a file system that cannot do that by one call, like NFS */
	if (linkat(directory, from, directory, to, 0) < 0)
		return -1;
	return unlinkat(directory, from, 0);
}

/* Names the temporary file STEM.json, STEM-2.json, …; returns the name, heap, or NULL. */
static char *publish(int directory, const char *temporary, const char *stem, struct err *err)
{
	for (int number = 1; number <= TRIES_MAX; number++) {
		char suffix[16] = "";
		char *name;

		/* Not by xasprintf: who ends the process here leaves the temporary file behind. */
		if (number != 1)
			snprintf(suffix, sizeof(suffix), "-%d", number);
		if (asprintf(&name, "%s%s.json", stem, suffix) < 0) {
			errno = ENOMEM;
			break;
		}
		if (rename_new(directory, temporary, name) == 0)
			return name;
		free(name);
		if (errno != EEXIST)
			break;
	}
	err_set(err, ERR_SYSTEM, errno, "cannot name the report %s.json", stem);
	return NULL;
}

static int fill(int fd, const char *text, struct err *err)
{
	if (write_all(fd, text, err) < 0)
		return -1;
	if (fsync(fd) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot store the report");
	return 0;
}

/* Returns the name of the new file, heap, or NULL; then nothing of it is left. */
static char *store(int directory, const char *stem, const char *text, struct err *err)
{
	cleanup_free char *temporary = xasprintf(".%s.%ld.tmp", stem, (long)getpid());
	cleanup_close int fd = openat(
		directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	char *name = NULL;

	if (fd < 0) {
		err_set(err, ERR_SYSTEM, errno, "cannot create %s", temporary);
		return NULL;
	}
	if (fill(fd, text, err) == 0)
		name = publish(directory, temporary, stem, err);
	if (name == NULL && unlinkat(directory, temporary, 0) < 0)
		err_prefix(err, "%s is left behind", temporary);
	return name;
}

static int write_report(
	const struct report *report, const char *directory, char **ret_path, struct err *err)
{
	cleanup_close int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *stem = make_stem(report);
	cleanup_free char *text = report_json(report);
	cleanup_free char *name = NULL;
	size_t length = strlen(directory);

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "report directory %s", directory);
	name = store(fd, stem, text, err);
	if (name == NULL)
		return err_prefix(err, "%s", directory);
	if (fsync(fd) < 0 && errno != EINVAL) /* not every file system can do that */
		return err_set(err, ERR_SYSTEM, errno, "%s: cannot store the report", directory);
	if (strcmp(directory, ".") == 0)
		*ret_path = steal_pointer(&name);
	else
		*ret_path = xasprintf("%s%s%s", directory,
			length != 0 && directory[length - 1] == '/' ? "" : "/", name);
	return 0;
}

int report_write(
	const struct report *report, const char *directory, char **ret_path, struct err *err)
{
	int result;

	if (assume(err) < 0)
		return -1;
	result = write_report(report, directory, ret_path, err);
	identity_resume();
	return result;
}
