/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_response.h"

#include <string.h>

#include "experiments/probes/http_response_lines.h"

/* What a chunk needs by itself does not count as headers; an extension does. */
#define CHUNK_LINE_FREE ((size_t)HTTP_CHUNK_DIGITS_MAX + 2)

void http_response_begin(
	struct http_response *response, bool head, http_body_sink *sink, void *sink_data)
{
	/* Not the line, which would take longer than all the rest. */
	response->status = 0;
	response->persistent = false;
	response->body_length = 0;
	response->progress = HTTP_UNFINISHED;
	response->part = HTTP_STATUS_LINE;
	response->head = head;
	response->sink = sink;
	response->sink_data = sink_data;
	response->left = 0;
	response->headers_length = 0;
	response->line_length = 0; /* what else there is begins with a status line */
}

/* text has length bytes with the newline, or is what was kept of them. A newline alone ends a line
 * as well (RFC 9112, section 2.2). */
static void line_end(struct http_response *response, const char *text, size_t length)
{
	struct http_line line = {text, length - 1, length - 1 > HTTP_LINE_KEPT};

	if (line.shortened)
		line.length = HTTP_LINE_KEPT;
	else if (line.length > 0 && text[line.length - 1] == '\r')
		line.length--;
	response->line_length = 0;
	if (!http_line_read(response, &line))
		response->progress = HTTP_BROKEN;
}

static void line_keep(struct http_response *response, const char *bytes, size_t length)
{
	if (response->line_length < sizeof(response->line)) {
		const size_t room = sizeof(response->line) - response->line_length;

		memcpy(response->line + response->line_length, bytes,
			length < room ? length : room);
	}
	response->line_length += length;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How much of this part's line costs nothing. */
static size_t line_free(const struct http_response *response)
{
	const bool chunk = response->part == HTTP_CHUNK_SIZE || response->part == HTTP_CHUNK_END;

	return chunk ? CHUNK_LINE_FREE : 0;
}

/* What speaks another protocol shows it in its first bytes, and may never send a newline. */
static bool starts_well(const struct http_response *response, const char *bytes, size_t length)
{
	const size_t at = response->line_length;
	static const char start[] = "HTTP/1.";
	const size_t prefix = sizeof(start) - 1;

	if (memchr(bytes, '\0', length) != NULL)
		return false;
	return response->part != HTTP_STATUS_LINE || at >= prefix ||
	       memcmp(bytes, start + at, smaller(length, prefix - at)) == 0;
}

static size_t line_take(struct http_response *response, const char *bytes, size_t length)
{
	const char *newline = memchr(bytes, '\n', length);
	const size_t taken = newline != NULL ? (size_t)(newline - bytes) + 1 : length;
	const size_t free_length = line_free(response);
	const size_t before = larger(response->line_length, free_length);
	/* As far as the limit, so that what comes first decides, however it is cut in pieces. */
	const size_t room =
		HTTP_HEADERS_MAX - response->headers_length + before - response->line_length;

	if (!starts_well(response, bytes, smaller(taken, room))) {
		response->progress = HTTP_BROKEN;
		return taken;
	}
	if (taken > room) {
		response->progress = HTTP_HEADERS_TOO_LARGE;
		return taken;
	}
	response->headers_length += larger(response->line_length + taken, free_length) - before;
	if (newline != NULL && response->line_length == 0) {
		line_end(response, bytes, taken);
		return taken;
	}
	line_keep(response, bytes, taken);
	if (newline != NULL)
		line_end(response, response->line, response->line_length);
	return taken;
}

static void data_end(struct http_response *response)
{
	if (response->part == HTTP_DATA)
		response->progress = HTTP_COMPLETE;
	else
		response->part = HTTP_CHUNK_END;
}

static size_t data_take(struct http_response *response, const char *bytes, size_t length)
{
	const bool to_end = response->part == HTTP_DATA_TO_END;
	const size_t taken = to_end || response->left > length ? length : (size_t)response->left;

	if (taken > HTTP_BODY_MAX - response->body_length) {
		response->progress = HTTP_BODY_TOO_LARGE;
		return taken;
	}
	response->body_length += taken;
	if (response->sink != NULL)
		response->sink(response->sink_data, bytes, taken);
	if (to_end)
		return taken;
	response->left -= taken;
	if (response->left == 0)
		data_end(response);
	return taken;
}

enum http_progress http_response_feed(
	struct http_response *response, const char *bytes, size_t length, size_t *ret_used)
{
	size_t used = 0;

	while (response->progress == HTTP_UNFINISHED && used < length)
		used += response->part < HTTP_DATA
				? line_take(response, bytes + used, length - used)
				: data_take(response, bytes + used, length - used);
	*ret_used = used;
	return response->progress;
}

enum http_progress http_response_end(struct http_response *response)
{
	if (response->progress == HTTP_UNFINISHED)
		response->progress =
			response->part == HTTP_DATA_TO_END ? HTTP_COMPLETE : HTTP_CUT_OFF;
	return response->progress;
}
