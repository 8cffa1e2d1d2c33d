/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_response - reads an HTTP/1.1 answer as it comes in, in pieces of any size (RFC 9112).
 *
 * No input or output, no allocation. What could be understood in two ways is an error, because a
 * proxy and its server may then see two different answers: two lengths, a length and a transfer
 * coding, a length that is no number, a header that goes on in the next line.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_RESPONSE_H
#define EXPERIMENTS_PROBES_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/probes/http_limits.h"

#define HTTP_LINE_KEPT 256 /* as much of a line as matters */

enum http_progress {
	HTTP_UNFINISHED,
	HTTP_COMPLETE,
	HTTP_CUT_OFF, /* the connection ended too early */
	HTTP_BROKEN,  /* not HTTP */
	HTTP_HEADERS_TOO_LARGE,
	HTTP_BODY_TOO_LARGE,
};

enum http_part {
	HTTP_STATUS_LINE,
	HTTP_HEADER,
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK_END,
	HTTP_TRAILER,
	HTTP_DATA,	 /* "left" bytes, all of the body */
	HTTP_CHUNK_DATA, /* "left" bytes, all of a chunk */
	HTTP_DATA_TO_END /* until the connection ends */
};

typedef void http_body_sink(void *data, const char *bytes, size_t length);

struct http_response {
	int status;	 /* of the final answer, when its first line has been read */
	bool persistent; /* may the connection be used again? when complete */
	size_t body_length;

	/* the rest is its own */
	enum http_progress progress;
	enum http_part part;
	bool head;
	http_body_sink *sink;
	void *sink_data;
	uint64_t left;
	size_t headers_length;
	bool old;    /* HTTP/1.0 */
	bool closes; /* says the server */
	bool keeps;
	bool chunked;
	bool has_length;
	bool may_fold; /* the line before may go on in this one */
	size_t line_length;
	char line[HTTP_LINE_KEPT + 1];
};

/* head: the answer is one to HEAD, without a body. sink gets the body, piece by piece; NULL: it is
 * counted only. */
void http_response_begin(
	struct http_response *response, bool head, http_body_sink *sink, void *sink_data);

/* Takes what has come in. What is behind the end of a complete answer is left: *ret_used says how
 * much was read. Not to be called again after anything but HTTP_UNFINISHED. */
enum http_progress http_response_feed(
	struct http_response *response, const char *bytes, size_t length, size_t *ret_used);

/* The connection has ended in good order: never HTTP_UNFINISHED. */
enum http_progress http_response_end(struct http_response *response);

#endif
