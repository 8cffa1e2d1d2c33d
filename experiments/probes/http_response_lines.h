/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_response_lines - what the lines of an HTTP answer mean: a part of http_response.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_RESPONSE_LINES_H
#define EXPERIMENTS_PROBES_HTTP_RESPONSE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/probes/http_response.h"

#define HTTP_CHUNK_DIGITS_MAX 16

/* A line without its end. */
struct http_line {
	const char *text;
	size_t length;
	bool shortened; /* to HTTP_LINE_KEPT */
};

/* Reads the next line, and sets what part of the answer follows. False: it is not HTTP. */
bool http_line_read(struct http_response *response, const struct http_line *line);

#endif
