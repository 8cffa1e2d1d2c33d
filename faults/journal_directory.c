/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/journal_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/mem.h"

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
