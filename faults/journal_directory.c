/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/journal_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "reports/mem.h"

#define LOCK_TIMEOUT_MS 1000

int journal_directory_open(struct err *err)
{
	cleanup_close int fd = -1;
	struct stat status;

	if (mkdir(JOURNAL_DIRECTORY, 0700) < 0 && errno != EEXIST)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot make %s", JOURNAL_DIRECTORY);
	fd = open(JOURNAL_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot open %s", JOURNAL_DIRECTORY);
	if (fstat(fd, &status) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot examine %s", JOURNAL_DIRECTORY);
	if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"%s is not safe: it must belong to root and be writable by nobody else",
			JOURNAL_DIRECTORY);
	return steal_fd(&fd);
}

bool journal_directory_exists(void)
{
	return access(JOURNAL_DIRECTORY, F_OK) == 0 || errno != ENOENT;
}

int journal_lock_within(int fd, int lock, int timeout_ms)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (int waited = 0; flock(fd, lock | LOCK_NB) < 0; waited++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		if (waited >= timeout_ms) {
			errno = EWOULDBLOCK;
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

int journal_directory_lock(int directory, struct err *err)
{
	if (journal_lock_within(directory, LOCK_EX, LOCK_TIMEOUT_MS) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"%s is locked by another process for more than a second: "
			"\"lsof %s\" shows by which",
			JOURNAL_DIRECTORY, JOURNAL_DIRECTORY);
	return err_set(err, ERR_SYSTEM, errno, "cannot lock %s", JOURNAL_DIRECTORY);
}

void journal_directory_unlock(int directory)
{
	(void)flock(directory, LOCK_UN);
}
