/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/grpc_message.h"

#include <stdbool.h>
#include <string.h>

#define PREFIX	  5 /* bytes before a message */
#define SERVICE	  1 /* field of HealthCheckRequest */
#define STATUS	  1 /* field of HealthCheckResponse */
#define TEXT_LONG 0x80

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

size_t grpc_health_request(const char *service, uint8_t *buffer)
{
	const size_t length = strlen(service);
	uint8_t *at = buffer + PREFIX;
	size_t message;

	if (length > 0) {
		*at++ = SERVICE << 3 | WIRE_BYTES;
		if (length >= TEXT_LONG)
			*at++ = (uint8_t)(length | TEXT_LONG);
		*at++ = (uint8_t)(length < TEXT_LONG ? length : length >> 7);
		memcpy(at, service, length);
		at += length;
	}
	message = (size_t)(at - buffer) - PREFIX;
	memset(buffer, 0, PREFIX);
	buffer[3] = (uint8_t)(message >> 8);
	buffer[4] = (uint8_t)message;
	return PREFIX + message;
}

struct reader {
	const uint8_t *at;
	size_t left;
};

static bool skip(struct reader *reader, uint64_t length)
{
	if (length > reader->left)
		return false;
	reader->at += length;
	reader->left -= (size_t)length;
	return true;
}

/* At most ten bytes, seven bits each, the lowest first. */
static bool varint_read(struct reader *reader, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 70; shift += 7) {
		uint8_t byte;

		if (reader->left == 0)
			return false;
		byte = *reader->at;
		(void)skip(reader, 1);
		value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
		if ((byte & 0x80) == 0) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

/* The value of a field, which is a number or is skipped. */
static bool field_read(struct reader *reader, uint64_t type, uint64_t *ret_value)
{
	switch (type) {
	case WIRE_VARINT:
		return varint_read(reader, ret_value);
	case WIRE_64:
		return skip(reader, 8);
	case WIRE_BYTES:
		return varint_read(reader, ret_value) && skip(reader, *ret_value);
	case WIRE_32:
		return skip(reader, 4);
	default:
		return false;
	}
}

int grpc_health_answer(const uint8_t *data, size_t length, uint64_t *ret_status)
{
	struct reader reader = {data + PREFIX, length - PREFIX};
	uint64_t status = 0; /* UNKNOWN is left out */

	/* Compressed it cannot be: that was not offered. */
	if (length < PREFIX || data[0] != 0 ||
		((size_t)data[1] << 24 | (size_t)data[2] << 16 | (size_t)data[3] << 8 | data[4]) !=
			reader.left)
		return -1;
	while (reader.left > 0) {
		uint64_t tag = 0;
		uint64_t value = 0;

		if (!varint_read(&reader, &tag) || tag >> 3 == 0 ||
			!field_read(&reader, tag & 7, &value))
			return -1;
		if (tag == (STATUS << 3 | WIRE_VARINT))
			status = value;
	}
	*ret_status = status;
	return 0;
}
