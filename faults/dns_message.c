/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/dns_message.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define NAME_MAX_BYTES	255
#define LABEL_MAX_BYTES 63

#define FLAG_ANSWER    0x80 /* QR, in the third byte */
#define OPCODE_MASK    0x78
#define FLAG_RECURSION 0x01 /* RD */
#define FLAG_RECURSIVE 0x80 /* RA, in the fourth byte */
#define FLAG_CHECKING  0x10 /* CD (RFC 4035) */

#define TYPE_A	  1
#define TYPE_AAAA 28
#define TYPE_OPT  41
#define CLASS_IN  1

#define RCODE_SERVFAIL 2
#define RCODE_NXDOMAIN 3
#define RCODE_REFUSED  5

#define DNSSEC_OK	0x80 /* DO, in the first byte of the flags of EDNS */
#define EDNS_PAYLOAD	1232 /* what passes without fragments (DNS flag day 2020) */
#define POINTER_TO_NAME 0xc00c

static uint16_t read_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint8_t *write_u16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

/* As master files have it: "\." and "\\" in labels, "\DDD" for what cannot be printed. */
static size_t write_byte(char *text, uint8_t byte)
{
	if (byte >= 'A' && byte <= 'Z')
		byte = (uint8_t)(byte - 'A' + 'a');
	if (byte <= 0x20 || byte >= 0x7f)
		return (size_t)snprintf(text, sizeof("\\255"), "\\%03u", byte);
	if (byte == '.' || byte == '\\')
		*text++ = '\\';
	*text = (char)byte;
	return byte == '.' || byte == '\\' ? 2 : 1;
}

/* Reads the labels at *at, which moves behind them. A name that points elsewhere cannot be the
 * first one of a message. */
static int read_name(const uint8_t *message, size_t length, size_t *at, char *text)
{
	size_t bytes = 1;

	for (;;) {
		size_t label;

		if (*at >= length)
			return -1;
		label = message[(*at)++];
		if (label == 0)
			break;
		bytes += label + 1;
		if (label > LABEL_MAX_BYTES || label > length - *at || bytes > NAME_MAX_BYTES)
			return -1;
		if (bytes != label + 2)
			*text++ = '.';
		for (size_t i = 0; i < label; i++)
			text += write_byte(text, message[(*at)++]);
	}
	*text = '\0';
	return 0;
}

/* The only record that queries bring along. */
static void read_edns(const uint8_t *message, size_t length, size_t at, struct dns_query *query)
{
	if (read_u16(message + 10) == 0 || length - at < 11 || message[at] != 0 ||
		read_u16(message + at + 1) != TYPE_OPT)
		return;
	query->edns = true;
	query->dnssec_ok = (message[at + 7] & DNSSEC_OK) != 0;
}

int dns_query_parse(const uint8_t *message, size_t length, struct dns_query *ret_query)
{
	size_t at = DNS_HEADER_SIZE;

	if (length < DNS_HEADER_SIZE || length > DNS_MESSAGE_MAX ||
		(message[2] & (FLAG_ANSWER | OPCODE_MASK)) != 0 || read_u16(message + 4) != 1 ||
		read_u16(message + 6) != 0 || read_u16(message + 8) != 0 ||
		read_name(message, length, &at, ret_query->name) < 0 || length - at < 4)
		return -1;
	ret_query->id = read_u16(message);
	ret_query->type = read_u16(message + at);
	ret_query->class = read_u16(message + at + 2);
	ret_query->question_end = at + 4;
	ret_query->edns = false;
	ret_query->dnssec_ok = false;
	read_edns(message, length, at + 4, ret_query);
	return 0;
}

uint64_t dns_question_hash(const uint8_t *message, size_t length)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	char name[DNS_NAME_TEXT_MAX];
	size_t at = DNS_HEADER_SIZE;

	if (length < DNS_HEADER_SIZE || read_u16(message + 4) != 1 ||
		read_name(message, length, &at, name) < 0 || length - at < 4)
		return 0;
	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
	hash = (hash ^ read_u16(message + at)) * UINT64_C(1099511628211);
	return hash == 0 ? 1 : hash;
}

static unsigned int rcode_of(int answer)
{
	switch (answer) {
	case DNS_ANSWER_NXDOMAIN:
		return RCODE_NXDOMAIN;
	case DNS_ANSWER_SERVFAIL:
		return RCODE_SERVFAIL;
	case DNS_ANSWER_REFUSED:
		return RCODE_REFUSED;
	default:
		return 0;
	}
}

static uint8_t *write_address(uint8_t *at, const struct dns_address *address)
{
	const unsigned int size = address->family == AF_INET ? 4 : 16;

	at = write_u16(at, POINTER_TO_NAME);
	at = write_u16(at, address->family == AF_INET ? TYPE_A : TYPE_AAAA);
	at = write_u16(at, CLASS_IN);
	at = write_u16(at, 0);
	at = write_u16(at, 0); /* time to live, 32 bits */
	at = write_u16(at, size);
	memcpy(at, address->bytes, size);
	return at + size;
}

static uint8_t *write_addresses(uint8_t *at, const struct dns_query *query,
	const struct dns_rule *rule, unsigned int *ret_count)
{
	*ret_count = 0;
	if (rule->answer != DNS_ANSWER_ADDRESS || query->class != CLASS_IN)
		return at;
	for (size_t i = 0; i < rule->address_count; i++) {
		if (query->type != (rule->addresses[i].family == AF_INET ? TYPE_A : TYPE_AAAA))
			continue;
		at = write_address(at, &rule->addresses[i]);
		(*ret_count)++;
	}
	return at;
}

static uint8_t *write_edns(uint8_t *at, const struct dns_query *query)
{
	*at++ = 0;
	at = write_u16(at, TYPE_OPT);
	at = write_u16(at, EDNS_PAYLOAD);
	at = write_u16(at, 0);
	*at++ = query->dnssec_ok ? DNSSEC_OK : 0;
	*at++ = 0;
	return write_u16(at, 0);
}

size_t dns_answer_write(const uint8_t *message, const struct dns_query *query,
	const struct dns_rule *rule, uint8_t *out, size_t size)
{
	uint8_t *at = out + query->question_end;
	unsigned int count;

	if (rule->answer == DNS_ANSWER_TIMEOUT || rule->answer == DNS_ANSWER_SERVER ||
		size < DNS_ANSWER_MAX)
		return 0;
	memcpy(out, message, query->question_end);
	out[2] = (uint8_t)(FLAG_ANSWER | (message[2] & FLAG_RECURSION));
	out[3] = (uint8_t)(FLAG_RECURSIVE | (message[3] & FLAG_CHECKING) | rcode_of(rule->answer));
	at = write_addresses(at, query, rule, &count);
	write_u16(out + 6, count);
	write_u16(out + 8, 0);
	write_u16(out + 10, query->edns ? 1 : 0);
	if (query->edns)
		at = write_edns(at, query);
	return (size_t)(at - out);
}
