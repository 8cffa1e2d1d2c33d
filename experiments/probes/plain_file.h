/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_file - regular files for probes, opened with the rights of the user (identity.h) and never
 * waited for: a FIFO, a device or a directory is not opened at all.
 */
#ifndef EXPERIMENTS_PROBES_PLAIN_FILE_H
#define EXPERIMENTS_PROBES_PLAIN_FILE_H

#include <sys/stat.h>

#include "experiments/outcome.h"

/* OUTCOME_OK, or _NOT_FOUND, _AUTH (no permission), _STATE (it is no regular file), _OTHER. */
enum outcome plain_file_stat(const char *path, struct stat *ret_status);
/* The same; *ret_fd is the caller's to close. */
enum outcome plain_file_open(const char *path, int *ret_fd, struct stat *ret_status);

#endif
