/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_file - a file that the user named, read with the rights of that user (identity.h).
 */
#ifndef EXPERIMENTS_USER_FILE_H
#define EXPERIMENTS_USER_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "reports/err.h"

/* Zero-initialise; release with user_file_release. */
struct user_file {
	char *text; /* heap, not terminated; NULL: none was read */
	size_t length;
	bool private; /* root read it, and others may not: no message shows what is in it */
};

/* Reads the beginning of the file, size bytes at most, so that endless files end as well. */
int user_file_read(const char *path, size_t size, struct user_file *ret_file, struct err *err);

void user_file_release(struct user_file *file);

/* open(2) for reading, with further flags, and stat(2). -1 and errno. */
int user_file_open(const char *path, int flags);
int user_file_stat(const char *path, struct stat *ret_status);

#endif
