/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_response_lines.h"

#include <string.h>
#include <strings.h>

#define STATUS_LINE_LEAST 12 /* "HTTP/1.1 200" */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool line_is(const struct http_line *line, const char *text)
{
	return line->length == strlen(text) && strncasecmp(line->text, text, line->length) == 0;
}

static struct http_line trimmed(struct http_line line)
{
	while (line.length > 0 && is_blank(line.text[0])) {
		line.text++;
		line.length--;
	}
	while (line.length > 0 && is_blank(line.text[line.length - 1]))
		line.length--;
	return line;
}

/* RFC 9112, section 4. The reason may be missing, with the space before it. */
static bool read_status_line(struct http_response *response, const struct http_line *line)
{
	const char *text = line->text;

	if (line->length < STATUS_LINE_LEAST || !is_digit(text[7]) || text[8] != ' ' ||
		!is_digit(text[9]) || !is_digit(text[10]) || !is_digit(text[11]) ||
		(line->length > STATUS_LINE_LEAST && text[12] != ' '))
		return false;
	response->status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
	response->old = text[7] == '0';
	response->closes = false;
	response->keeps = false;
	response->chunked = false;
	response->has_length = false;
	response->may_fold = false;
	response->part = HTTP_HEADER;
	/* Nobody asked for another protocol. */
	return response->status >= 100 && response->status != 101;
}

/* RFC 9110, section 8.6. A list of lengths is refused even where they are all the same. */
static bool read_length(struct http_response *response, const struct http_line *value)
{
	uint64_t length = 0;

	if (response->has_length || value->shortened || value->length == 0)
		return false;
	for (size_t i = 0; i < value->length; i++) {
		if (!is_digit(value->text[i]) || length > (uint64_t)INT64_MAX / 10 - 1)
			return false;
		length = length * 10 + (uint64_t)(value->text[i] - '0');
	}
	response->has_length = true;
	response->left = length;
	return true;
}

/* RFC 9112, section 6.1: no other coding was asked for, and HTTP/1.0 has none. */
static bool read_coding(struct http_response *response, const struct http_line *value)
{
	if (response->chunked || response->old || value->shortened || !line_is(value, "chunked"))
		return false;
	response->chunked = true;
	return true;
}

/* RFC 9112, section 9.3. */
static void read_connection(struct http_response *response, struct http_line value)
{
	if (value.shortened)
		response->closes = true;
	while (value.length > 0) {
		const char *comma = memchr(value.text, ',', value.length);
		const size_t length = comma != NULL ? (size_t)(comma - value.text) : value.length;
		const struct http_line option =
			trimmed((struct http_line){value.text, length, false});
		const size_t skipped = length + (comma != NULL ? 1 : 0);

		if (line_is(&option, "close"))
			response->closes = true;
		else if (line_is(&option, "keep-alive"))
			response->keeps = true;
		value.text += skipped;
		value.length -= skipped;
	}
}

static bool read_header(struct http_response *response, const struct http_line *line)
{
	const char *colon = memchr(line->text, ':', line->length);
	struct http_line name, value;

	if (is_blank(line->text[0]))
		return response->may_fold; /* obs-fold, RFC 9112, section 5.2 */
	/* Space before the colon: section 5.1. */
	if (colon == NULL || colon == line->text || is_blank(colon[-1]))
		return false;
	name = (struct http_line){line->text, (size_t)(colon - line->text), false};
	value = trimmed(
		(struct http_line){colon + 1, line->length - name.length - 1, line->shortened});
	response->may_fold = false;
	if (line_is(&name, "Content-Length"))
		return read_length(response, &value);
	if (line_is(&name, "Transfer-Encoding"))
		return read_coding(response, &value);
	if (line_is(&name, "Connection"))
		read_connection(response, value);
	else
		response->may_fold = true;
	return true;
}

static void data_begin(struct http_response *response, enum http_part part)
{
	response->part = part;
	if (response->left > HTTP_BODY_MAX - response->body_length)
		response->progress = HTTP_BODY_TOO_LARGE;
	else if (response->left == 0)
		response->progress = HTTP_COMPLETE;
}

/* What follows the headers: RFC 9112, section 6.3. */
static bool headers_end(struct http_response *response)
{
	if (response->has_length && response->chunked)
		return false;
	response->persistent = !response->closes && (!response->old || response->keeps);
	if (response->status < 200)
		response->part = HTTP_STATUS_LINE;
	else if (response->head || response->status == 204 || response->status == 304)
		response->progress = HTTP_COMPLETE;
	else if (response->chunked)
		response->part = HTTP_CHUNK_SIZE;
	else if (response->has_length)
		data_begin(response, HTTP_DATA);
	else {
		response->persistent = false;
		response->part = HTTP_DATA_TO_END;
	}
	return true;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* RFC 9112, section 7.1; extensions are ignored (7.1.1). */
static bool read_chunk_size(struct http_response *response, const struct http_line *line)
{
	uint64_t size = 0;
	size_t i = 0;

	for (; i < line->length && hex_value(line->text[i]) >= 0; i++)
		size = size << 4 | (uint64_t)hex_value(line->text[i]);
	if (i == 0 || i > HTTP_CHUNK_DIGITS_MAX ||
		(i < line->length && line->text[i] != ';' && !is_blank(line->text[i])))
		return false;
	response->left = size;
	if (size == 0)
		response->part = HTTP_TRAILER;
	else
		data_begin(response, HTTP_CHUNK_DATA);
	return true;
}

bool http_line_read(struct http_response *response, const struct http_line *line)
{
	const bool empty = line->length == 0;

	switch (response->part) {
	case HTTP_STATUS_LINE:
		return read_status_line(response, line);
	case HTTP_HEADER:
		return empty ? headers_end(response) : read_header(response, line);
	case HTTP_CHUNK_SIZE:
		return read_chunk_size(response, line);
	case HTTP_CHUNK_END:
		response->part = HTTP_CHUNK_SIZE;
		return empty;
	default: /* Trailers mean nothing to us. */
		if (empty)
			response->progress = HTTP_COMPLETE;
		return true;
	}
}
