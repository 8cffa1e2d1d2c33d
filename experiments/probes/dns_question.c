/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "experiments/probes/dns_answer.h"

#define HEADER_SIZE	12
#define NAME_MAX_BYTES	255
#define LABEL_MAX_BYTES 63
#define CLASS_IN	1
#define FLAG_RECURSION	0x01 /* RD, in the third byte */

const struct dns_type dns_types[] = {
	{"A", DNS_TYPE_A},
	{"AAAA", DNS_TYPE_AAAA},
	{"CNAME", DNS_TYPE_CNAME},
	{"MX", DNS_TYPE_MX},
	{"NS", DNS_TYPE_NS},
	{"PTR", DNS_TYPE_PTR},
	{"SOA", DNS_TYPE_SOA},
	{"SRV", DNS_TYPE_SRV}, /* RFC 2782 */
	{"TXT", DNS_TYPE_TXT},
	{NULL, 0},
};

const char *const dns_rcodes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
	"YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", NULL};

const struct dns_type *dns_type_find(const char *name)
{
	for (const struct dns_type *type = dns_types; type->name != NULL; type++)
		if (strcmp(type->name, name) == 0)
			return type;
	return NULL;
}

static uint8_t *write_u16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

/* Returns the bytes written; 0: it is no name. */
static size_t write_name(const char *text, uint8_t *out)
{
	size_t length = 0;

	if (strcmp(text, ".") == 0)
		text = "";
	while (*text != '\0') {
		const size_t label = strcspn(text, ".");

		if (label == 0 || label > LABEL_MAX_BYTES || length + label + 2 > NAME_MAX_BYTES)
			return 0;
		out[length++] = (uint8_t)label;
		memcpy(out + length, text, label);
		length += label;
		text += label;
		if (*text == '.')
			text++;
	}
	out[length] = 0;
	return length + 1;
}

bool dns_question_make(const char *name, uint16_t type, struct dns_question *ret_question)
{
	uint8_t *at = ret_question->message + HEADER_SIZE;
	size_t length;

	memset(ret_question, 0, sizeof(*ret_question));
	ret_question->message[2] = FLAG_RECURSION;
	ret_question->message[5] = 1; /* one question */
	length = write_name(name, at);
	if (length == 0)
		return false;
	at = write_u16(at + length, type);
	at = write_u16(at, CLASS_IN);
	ret_question->length = (size_t)(at - ret_question->message);
	ret_question->type = type;
	return true;
}
