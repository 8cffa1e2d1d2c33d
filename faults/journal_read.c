/* SPDX-License-Identifier: Apache-2.0 */
/* Journals that somebody else has written: what is in them, and how they are taken over. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/journal.h"
#include "faults/journal_directory.h"
#include "reports/mem.h"

/* Far more than any run writes. */
#define SIZE_MAX_READ ((size_t)64 * 1024 * 1024)

#define READ_STEP ((size_t)64 * 1024)

static const char *what_is_wrong(const struct stat *status)
{
	if (S_ISLNK(status->st_mode))
		return "is a symbolic link";
	if (S_ISDIR(status->st_mode))
		return "is a directory";
	if (!S_ISREG(status->st_mode))
		return "is not a regular file";
	if (status->st_uid != geteuid())
		return "does not belong to root";
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "can be written by others than root";
	if (status->st_nlink > 1)
		return "has a second name somewhere (a hard link)";
	return NULL;
}

static int refuse_unsafe(const char *name, const struct stat *status, struct err *err)
{
	const char *wrong = what_is_wrong(status);

	if (wrong == NULL)
		return 0;
	return err_set(err, ERR_UNAVAILABLE, EPERM, "%s/%s %s, which no journal of perturb's is",
		JOURNAL_DIRECTORY, name, wrong);
}

int journal_open(int directory, const char *name, int *ret_fd, struct err *err)
{
	cleanup_close int fd = -1;
	struct stat status;

	/* Opening is more than looking where it is a device or a pipe. */
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(
			err, ERR_UNAVAILABLE, errno, "no journal %s/%s", JOURNAL_DIRECTORY, name);
	if (refuse_unsafe(name, &status, err) < 0)
		return -1;
	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot open the journal %s/%s",
			JOURNAL_DIRECTORY, name);
	if (fstat(fd, &status) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot examine %s", name);
	if (refuse_unsafe(name, &status, err) < 0)
		return -1;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int journal_read_fd(int fd, const char *name, struct journal_content *ret_content, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t used = 0;
	size_t size = 0;

	for (;;) {
		ssize_t got;

		if (used == size) {
			char *moved =
				size >= SIZE_MAX_READ ? NULL : realloc(text, size + READ_STEP);

			if (moved == NULL)
				return err_set(err, ERR_SYSTEM,
					size >= SIZE_MAX_READ ? EFBIG : ENOMEM, "cannot read %s/%s",
					JOURNAL_DIRECTORY, name);
			text = moved;
			size += READ_STEP;
		}
		got = pread(fd, text + used, size - used, (off_t)used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, ERR_SYSTEM, errno, "cannot read %s/%s",
				JOURNAL_DIRECTORY, name);
		if (got == 0)
			break;
		used += (size_t)got;
	}
	if (journal_parse(text, used, ret_content, err) < 0)
		return err_prefix(err, "%s/%s", JOURNAL_DIRECTORY, name);
	return 0;
}

int journal_read(const char *run_id, struct journal_content *ret_content, struct err *err)
{
	cleanup_close int directory = journal_directory_open(err);
	cleanup_close int fd = -1;
	char name[JOURNAL_NAME_MAX];

	if (directory < 0 || journal_name(run_id, name, sizeof(name), err) < 0 ||
		journal_open(directory, name, &fd, err) < 0)
		return -1;
	return journal_read_fd(fd, name, ret_content, err);
}

void journal_content_release(struct journal_content *content)
{
	free(content->operations);
	memset(content, 0, sizeof(*content));
}

/* Whoever had it before us may have removed it. */
static bool is_removed(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_nlink == 0;
}

int journal_take(
	const char *run_id, int timeout_ms, struct journal_taken *ret_taken, struct err *err)
{
	cleanup_close int directory = journal_directory_open(err);
	cleanup_close int fd = -1;
	struct journal_taken taken;

	if (directory < 0 || journal_name(run_id, taken.name, sizeof(taken.name), err) < 0 ||
		journal_open(directory, taken.name, &fd, err) < 0)
		return -1;
	if (journal_lock_within(fd, LOCK_EX, timeout_ms) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno,
			"another process holds the journal %s/%s", JOURNAL_DIRECTORY, taken.name);
	if (is_removed(fd))
		return err_set(err, ERR_UNAVAILABLE, ENOENT, "no journal %s/%s", JOURNAL_DIRECTORY,
			taken.name);
	taken.directory = steal_fd(&directory);
	taken.fd = steal_fd(&fd);
	*ret_taken = taken;
	return 0;
}

int journal_discard(const struct journal_taken *taken, struct err *err)
{
	if (unlinkat(taken->directory, taken->name, 0) < 0 && errno != ENOENT)
		return err_set(err, ERR_SYSTEM, errno, "cannot remove %s/%s", JOURNAL_DIRECTORY,
			taken->name);
	return 0;
}

void journal_taken_release(struct journal_taken *taken)
{
	close(taken->fd);
	close(taken->directory);
}
