/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/dns_answer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define HEADER_SIZE	12
#define NAME_MAX_BYTES	255
#define LABEL_MAX_BYTES 63
#define NAME_TEXT_MAX	1024 /* each byte may need four */
#define CLASS_IN	1
/* What records of all types but TXT need at most: two names and some numbers. */
#define NAMES_TEXT_MAX (2 * NAME_TEXT_MAX + 64)

#define FLAG_ANSWER    0x80 /* QR, in the third byte */
#define OPCODE_MASK    0x78
#define FLAG_TRUNCATED 0x02 /* TC */
#define RCODE_MASK     0x0f /* in the fourth byte */

static uint16_t read_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t read_u32(const uint8_t *at)
{
	return (uint32_t)read_u16(at) << 16 | read_u16(at + 2);
}

/* "\DDD" */
static size_t byte_escape(uint8_t byte, char *text)
{
	text[0] = '\\';
	text[1] = (char)('0' + byte / 100);
	text[2] = (char)('0' + byte / 10 % 10);
	text[3] = (char)('0' + byte % 10);
	return 4;
}

/* As master files have it: "\." and "\\" in labels, "\DDD" for what cannot be printed. */
static size_t byte_text(uint8_t byte, char *text)
{
	if (byte <= 0x20 || byte >= 0x7f)
		return byte_escape(byte, text);
	if (byte == '.' || byte == '\\')
		*text++ = '\\';
	*text = (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
	return byte == '.' || byte == '\\' ? 2 : 1;
}

/* Reads the name at *at, which moves behind it; text, if it is not NULL, has NAME_TEXT_MAX bytes.
 * A pointer must lead to before the place where the name, or what it led to so far, began
 * (RFC 1035, section 4.1.4: "a prior occurrence"): then there can be no loop. */
static bool read_name(const uint8_t *message, size_t length, size_t *at, char *text)
{
	size_t begin = *at;
	size_t here = *at;
	size_t bytes = 1;
	bool followed = false;
	char *end = text;

	for (;;) {
		size_t label;

		if (here >= length)
			return false;
		label = message[here++];
		if ((label & 0xc0) == 0xc0 && here < length) {
			const size_t target = (label & 0x3f) << 8 | message[here++];

			if (!followed)
				*at = here;
			followed = true;
			if (target >= begin)
				return false;
			begin = target;
			here = target;
			continue;
		}
		if (label == 0)
			break;
		bytes += label + 1;
		if (label > LABEL_MAX_BYTES || label > length - here || bytes > NAME_MAX_BYTES)
			return false;
		if (text != NULL && end != text)
			*end++ = '.';
		for (size_t i = 0; i < label && text != NULL; i++)
			end += byte_text(message[here + i], end);
		here += label;
	}
	if (text != NULL)
		*end = '\0';
	if (!followed)
		*at = here;
	return true;
}

struct record {
	uint16_t type;
	uint16_t class;
	size_t data; /* where it is in the message */
	size_t size;
};

static bool read_record(
	const uint8_t *message, size_t length, size_t *at, struct record *ret_record)
{
	if (!read_name(message, length, at, NULL) || length - *at < 10)
		return false;
	ret_record->type = read_u16(message + *at);
	ret_record->class = read_u16(message + *at + 2);
	ret_record->size = read_u16(message + *at + 8);
	ret_record->data = *at + 10;
	if (ret_record->size > length - ret_record->data)
		return false;
	*at = ret_record->data + ret_record->size;
	return true;
}

/* A name that fills the data from offset on, but for rest bytes. */
static bool name_fits(
	const uint8_t *message, const struct record *record, size_t offset, size_t rest, char *text)
{
	size_t at = record->data + offset;
	const size_t end = record->data + record->size;

	return offset + rest < record->size && read_name(message, end, &at, text) &&
	       at + rest == end;
}

static bool soa_text(const uint8_t *message, const struct record *record, char *text)
{
	size_t at = record->data;
	const size_t end = record->data + record->size;
	char server[NAME_TEXT_MAX];
	char mailbox[NAME_TEXT_MAX];

	if (!read_name(message, end, &at, server) || !read_name(message, end, &at, mailbox) ||
		end - at != 20)
		return false;
	(void)snprintf(text, NAMES_TEXT_MAX, "%s %s %u %u %u %u %u", server, mailbox,
		read_u32(message + at), read_u32(message + at + 4), read_u32(message + at + 8),
		read_u32(message + at + 12), read_u32(message + at + 16));
	return true;
}

/* text: NULL if only its form is of interest. */
static bool txt_text(const uint8_t *data, size_t size, char *text)
{
	size_t at = 0;

	while (at < size) {
		const size_t length = data[at++];

		if (length > size - at)
			return false;
		/* Printable text as it is; a NUL would be its end. */
		for (size_t i = 0; i < length && text != NULL; i++) {
			if (data[at + i] >= 0x20 && data[at + i] < 0x7f)
				*text++ = (char)data[at + i];
			else
				text += byte_escape(data[at + i], text);
		}
		at += length;
	}
	if (text != NULL)
		*text = '\0';
	return size > 0;
}

/* False: the data is not as its type wants it. */
static bool record_text(const uint8_t *message, const struct record *record, char *text)
{
	const uint8_t *data = message + record->data;
	char name[NAME_TEXT_MAX];

	*text = '\0';
	if (record->class != CLASS_IN)
		return true;
	switch (record->type) {
	case DNS_TYPE_A:
		return record->size == 4 && inet_ntop(AF_INET, data, text, INET_ADDRSTRLEN) != NULL;
	case DNS_TYPE_AAAA:
		return record->size == 16 &&
		       inet_ntop(AF_INET6, data, text, INET6_ADDRSTRLEN) != NULL;
	case DNS_TYPE_CNAME:
	case DNS_TYPE_NS:
	case DNS_TYPE_PTR:
		return name_fits(message, record, 0, 0, text);
	case DNS_TYPE_MX:
		if (!name_fits(message, record, 2, 0, name))
			return false;
		(void)snprintf(text, NAMES_TEXT_MAX, "%u %s", read_u16(data), name);
		return true;
	case DNS_TYPE_SRV:
		if (!name_fits(message, record, 6, 0, name))
			return false;
		(void)snprintf(text, NAMES_TEXT_MAX, "%u %u %u %s", read_u16(data),
			read_u16(data + 2), read_u16(data + 4), name);
		return true;
	case DNS_TYPE_SOA:
		return soa_text(message, record, text);
	case DNS_TYPE_TXT:
		return txt_text(data, record->size, text);
	default:
		return true;
	}
}

static bool record_ok(const uint8_t *message, const struct record *record)
{
	char text[NAMES_TEXT_MAX];

	if (record->type == DNS_TYPE_TXT && record->class == CLASS_IN)
		return txt_text(message + record->data, record->size, NULL);
	return record_text(message, record, text);
}

static bool same_question(
	const uint8_t *message, size_t length, const struct dns_question *question)
{
	if (length < question->length || read_u16(message + 4) != 1)
		return false;
	/* Lengths of labels are below 'A', so that the whole name can be compared as text is. */
	for (size_t i = HEADER_SIZE; i < question->length - 4; i++) {
		const uint8_t a = message[i];
		const uint8_t b = question->message[i];

		if (a != b && ((a ^ b) != 0x20 || (a | 0x20) < 'a' || (a | 0x20) > 'z'))
			return false;
	}
	return memcmp(message + question->length - 4, question->message + question->length - 4,
		       4) == 0;
}

static bool read_records(struct dns_reply *answer, uint16_t type)
{
	static const size_t counts = 6; /* of the answers; then authorities, additional ones */
	const unsigned int others =
		read_u16(answer->message + counts + 2) + read_u16(answer->message + counts + 4);
	struct record record;
	size_t at = answer->first;

	for (unsigned int i = 0; i < answer->records; i++) {
		if (!read_record(answer->message, answer->length, &at, &record))
			return false;
		if (!record_ok(answer->message, &record))
			return false;
		answer->matching += record.type == type && record.class == CLASS_IN;
	}
	for (unsigned int i = 0; i < others; i++)
		if (!read_record(answer->message, answer->length, &at, &record))
			return false;
	return true;
}

enum dns_reading dns_answer_read(const uint8_t *message, size_t length,
	const struct dns_question *question, uint16_t id, struct dns_reply *ret_answer)
{
	if (length < HEADER_SIZE || read_u16(message) != id || (message[2] & FLAG_ANSWER) == 0 ||
		(message[2] & OPCODE_MASK) != 0 || !same_question(message, length, question))
		return DNS_READING_FOREIGN;
	*ret_answer = (struct dns_reply){
		.message = message,
		.length = length,
		.rcode = message[3] & RCODE_MASK,
		.records = read_u16(message + 6),
		.first = question->length,
	};
	if ((message[2] & FLAG_TRUNCATED) != 0)
		return DNS_READING_TRUNCATED;
	return read_records(ret_answer, question->type) ? DNS_READING_COMPLETE
							: DNS_READING_MALFORMED;
}

uint16_t dns_record_text(const struct dns_reply *answer, size_t *at, char *buffer)
{
	struct record record;

	*buffer = '\0';
	if (!read_record(answer->message, answer->length, at, &record))
		return 0;
	if (!record_text(answer->message, &record, buffer))
		*buffer = '\0';
	return record.type;
}

static bool is_same(uint16_t type, const char *record, const char *text)
{
	const int family = type == DNS_TYPE_A ? AF_INET : AF_INET6;
	uint8_t a[16] = {0};
	uint8_t b[16] = {0};

	if (type != DNS_TYPE_A && type != DNS_TYPE_AAAA)
		return strcasestr(record, text) != NULL;
	return inet_pton(family, record, a) == 1 && inet_pton(family, text, b) == 1 &&
	       memcmp(a, b, sizeof(a)) == 0;
}

bool dns_answer_contains(const struct dns_reply *answer, const char *text, char *buffer)
{
	size_t at = answer->first;

	for (unsigned int i = 0; i < answer->records; i++) {
		const uint16_t type = dns_record_text(answer, &at, buffer);

		if (type != 0 && is_same(type, buffer, text))
			return true;
	}
	return false;
}
