/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/resp.h"

#include <stdio.h>
#include <string.h>

#include "reports/mem.h"

#define INTEGER_DIGITS 18 /* of a length: no more can be meant */

struct reader {
	const uint8_t *at;
	const uint8_t *end;
	size_t elements; /* so far */
};

static bool is_type(uint8_t byte)
{
	return byte == RESP_SIMPLE || byte == RESP_ERROR || byte == RESP_INTEGER ||
	       byte == RESP_BULK || byte == RESP_ARRAY;
}

/* The rest of a line, without its end; the reader moves behind it. */
static enum resp_reading read_line(
	struct reader *reader, const uint8_t **ret_line, size_t *ret_length)
{
	const size_t left = (size_t)(reader->end - reader->at);
	const uint8_t *end = memchr(reader->at, '\r', left);

	if (end == NULL || end + 1 == reader->end)
		return RESP_MORE;
	if (end[1] != '\n' || memchr(reader->at, '\n', (size_t)(end - reader->at)) != NULL)
		return RESP_MALFORMED;
	*ret_line = reader->at;
	*ret_length = (size_t)(end - reader->at);
	reader->at = end + 2;
	return RESP_COMPLETE;
}

static bool is_integer(const uint8_t *text, size_t length)
{
	size_t i = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;

	if (i == length)
		return false;
	for (; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* A length, or -1 for what is not there. */
static bool read_length(const uint8_t *text, size_t length, int64_t *ret_value)
{
	int64_t value = 0;

	if (length == 2 && memcmp(text, "-1", 2) == 0) {
		*ret_value = -1;
		return true;
	}
	if (!is_integer(text, length) || text[0] == '-' || text[0] == '+' ||
		length > INTEGER_DIGITS)
		return false;
	for (size_t i = 0; i < length; i++)
		value = value * 10 + (text[i] - '0');
	*ret_value = value;
	return true;
}

static enum resp_reading read_bulk(struct reader *reader, int64_t size, struct resp *reply)
{
	const size_t left = (size_t)(reader->end - reader->at);

	if (size > (int64_t)RESP_BYTES_MAX)
		return RESP_TOO_LARGE;
	reply->nil = size < 0;
	if (reply->nil)
		return RESP_COMPLETE;
	reply->text = reader->at;
	reply->length = (size_t)size;
	if (left > reply->length && reader->at[reply->length] != '\r')
		return RESP_MALFORMED;
	if (left < reply->length + 2)
		return RESP_MORE;
	if (reader->at[reply->length + 1] != '\n')
		return RESP_MALFORMED;
	reader->at += reply->length + 2;
	return RESP_COMPLETE;
}

static enum resp_reading read_reply(struct reader *reader, unsigned int depth, struct resp *reply);

static enum resp_reading read_array(
	struct reader *reader, unsigned int depth, int64_t count, struct resp *reply)
{
	reply->nil = count < 0;
	if (reply->nil)
		return RESP_COMPLETE;
	if (depth == RESP_DEPTH_MAX || count > (int64_t)(RESP_ELEMENTS_MAX - reader->elements))
		return RESP_TOO_LARGE;
	reader->elements += (size_t)count;
	reply->count = (size_t)count;
	reply->first = reader->at;
	for (int64_t i = 0; i < count; i++) {
		struct resp element;
		const enum resp_reading reading = read_reply(reader, depth + 1, &element);

		if (reading != RESP_COMPLETE)
			return reading;
	}
	reply->elements_bytes = (size_t)(reader->at - reply->first);
	return RESP_COMPLETE;
}

static enum resp_reading read_reply(struct reader *reader, unsigned int depth, struct resp *reply)
{
	enum resp_reading reading;
	int64_t value;

	*reply = (struct resp){0};
	if (reader->at == reader->end)
		return RESP_MORE;
	if (!is_type(*reader->at))
		return RESP_MALFORMED;
	reply->type = (enum resp_type) * reader->at++;
	reading = read_line(reader, &reply->text, &reply->length);
	if (reading != RESP_COMPLETE)
		return reading;
	if (reply->type == RESP_SIMPLE || reply->type == RESP_ERROR)
		return RESP_COMPLETE;
	if (reply->type == RESP_INTEGER)
		return is_integer(reply->text, reply->length) ? RESP_COMPLETE : RESP_MALFORMED;
	if (!read_length(reply->text, reply->length, &value))
		return RESP_MALFORMED;
	reply->text = NULL;
	reply->length = 0;
	return reply->type == RESP_BULK ? read_bulk(reader, value, reply)
					: read_array(reader, depth, value, reply);
}

enum resp_reading resp_read(
	const uint8_t *bytes, size_t length, struct resp *ret_reply, size_t *ret_size)
{
	struct reader reader = {.at = bytes, .end = bytes + length};
	const enum resp_reading reading = read_reply(&reader, 0, ret_reply);

	*ret_size = (size_t)(reader.at - bytes);
	if (reading == RESP_MORE && length >= RESP_BYTES_MAX)
		return RESP_TOO_LARGE;
	return reading;
}

bool resp_element(const struct resp *array, size_t index, struct resp *ret_element)
{
	struct reader reader;

	if (array->type != RESP_ARRAY || index >= array->count)
		return false;
	reader = (struct reader){.at = array->first, .end = array->first + array->elements_bytes};
	for (size_t i = 0; i <= index; i++)
		if (read_reply(&reader, 0, ret_element) != RESP_COMPLETE)
			return false;
	return true;
}

bool resp_is(const struct resp *reply, const char *text, size_t length)
{
	return reply->type != RESP_ARRAY && !reply->nil && reply->length == length &&
	       (length == 0 || memcmp(reply->text, text, length) == 0);
}

/* Every element has at least three bytes in the reply beside its text, so its line fits. */
static char *write_text(const struct resp *reply, char *out)
{
	struct reader reader = {0};

	if (reply->type != RESP_ARRAY) {
		if (reply->length > 0)
			memcpy(out, reply->text, reply->length);
		return out + reply->length;
	}
	if (reply->count > 0) {
		reader.at = reply->first;
		reader.end = reply->first + reply->elements_bytes;
	}
	for (size_t i = 0; i < reply->count; i++) {
		struct resp element;

		if (read_reply(&reader, 0, &element) != RESP_COMPLETE)
			break;
		if (i > 0)
			*out++ = '\n';
		out = write_text(&element, out);
	}
	return out;
}

size_t resp_text(const struct resp *reply, char *out)
{
	char *end = write_text(reply, out);

	*end = '\0';
	return (size_t)(end - out);
}

char *resp_command(const char *const *words, size_t count, size_t *ret_length)
{
	char *command = NULL;
	FILE *out = open_memstream(&command, ret_length);
	bool written;

	if (out == NULL)
		out_of_memory(); /* does not return */
	/* cppcheck-suppress nullPointerRedundantCheck */
	written = fprintf(out, "*%zu\r\n", count) > 0;
	for (size_t i = 0; i < count; i++)
		written = fprintf(out, "$%zu\r\n%s\r\n", strlen(words[i]), words[i]) > 0 && written;
	if (fclose(out) != 0 || !written)
		out_of_memory();
	return command;
}
