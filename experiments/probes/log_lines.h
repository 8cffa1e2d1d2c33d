/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_lines - lines out of a text that comes in pieces. Pure.
 */
#ifndef EXPERIMENTS_PROBES_LOG_LINES_H
#define EXPERIMENTS_PROBES_LOG_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define LOG_LINE_MAX ((size_t)64 * 1024) /* of a longer line, the beginning is seen */

/* Zero-initialise, and set line and data; release with log_lines_release. */
struct log_lines {
	void (*line)(void *data, const char *text,
		size_t length); /* without its end; a NUL may be far behind it */
	void *data;
	char *text; /* a line that is not complete yet; or NULL */
	size_t length;
	bool begun; /* it may be empty so far */
};

/* A NUL must be behind the text. */
void log_lines_feed(struct log_lines *lines, const char *text, size_t length);
/* The text is over: what has come of its last line is a line. */
void log_lines_end(struct log_lines *lines);
void log_lines_release(struct log_lines *lines);

#endif
