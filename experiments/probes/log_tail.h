/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_tail - what is appended to a file, across its truncation and its rotation.
 *
 * A file that is replaced is finished first: the new one is begun, from its beginning, when the old
 * one had nothing new, because its writer may need a moment to notice.
 */
#ifndef EXPERIMENTS_PROBES_LOG_TAIL_H
#define EXPERIMENTS_PROBES_LOG_TAIL_H

#include <sys/types.h>

#include "experiments/outcome.h"
#include "experiments/probes/log_lines.h"

#define LOG_READ_MAX ((size_t)1024 * 1024)

struct log_tail {
	const char *path; /* borrowed */
	struct log_lines lines;
	int fd; /* -1: there has been no file yet */
	dev_t device;
	ino_t inode;
	off_t offset;
};

/* Begins behind what is in the file now. One that is not there yet is read from its beginning when
 * it comes. */
void log_tail_begin(struct log_tail *tail, const char *path,
	void (*line)(void *data, const char *text, size_t length), void *data);
void log_tail_end(struct log_tail *tail);

/* Passes the lines on that are new, out of at most LOG_READ_MAX bytes; the rest is for the next
 * call. OUTCOME_OK, or what is wrong with the file now (plain_file.h). */
enum outcome log_tail_read(struct log_tail *tail);

#endif
