/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_answer - the question that a DNS probe asks, and the answer to it (RFC 1035, section 4).
 *
 * What is read comes from anybody: every length is checked, and names that point elsewhere in the
 * message may only point backwards, so that none has no end.
 */
#ifndef EXPERIMENTS_PROBES_DNS_ANSWER_H
#define EXPERIMENTS_PROBES_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a question: a header, a name of 255 bytes, a type and a class. */
#define DNS_QUESTION_MAX (12 + 255 + 4)
/* Of a record as text: what is in TXT records may need four for each byte. */
#define DNS_RECORD_TEXT_MAX ((size_t)4 * UINT16_MAX + 64)

enum {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33
};

struct dns_type {
	const char *name;
	uint16_t number;
};

/* Those that can be asked for; ends with a NULL name. */
extern const struct dns_type dns_types[];
const struct dns_type *dns_type_find(const char *name);

/* Names of response codes, by their number: NOERROR, FORMERR, …; ends with NULL. */
extern const char *const dns_rcodes[];

/* A question without its id. */
struct dns_question {
	uint8_t message[DNS_QUESTION_MAX];
	size_t length;
	uint16_t type;
};

/* Recursion is desired. False: text is no name of a domain: labels of 1 to 63 bytes, together at
 * most 255; a final dot may be there. */
bool dns_question_make(const char *name, uint16_t type, struct dns_question *ret_question);

enum dns_reading {
	DNS_READING_FOREIGN,   /* not the answer to this question */
	DNS_READING_MALFORMED, /* it is, as far as can be read */
	DNS_READING_TRUNCATED, /* the rest must be asked for by TCP */
	DNS_READING_COMPLETE,
};

struct dns_reply {
	const uint8_t *message; /* borrowed */
	size_t length;
	unsigned int rcode;
	unsigned int records;  /* in the answer section, of any type */
	unsigned int matching; /* of these, of the type that was asked for */
	size_t first;	       /* where they begin */
};

/* ret_answer is filled in when it is truncated or complete; all records of a complete one can be
 * read. */
enum dns_reading dns_answer_read(const uint8_t *message, size_t length,
	const struct dns_question *question, uint16_t id, struct dns_reply *ret_answer);

/* The text of the record at *at in a complete answer; *at (at first: answer->first) moves behind
 * it. As in master files: "10 mail.test" of an MX record; names in lower case without the final
 * dot; of TXT the strings joined, without quotes; "" of types that are not in dns_types. buffer has
 * DNS_RECORD_TEXT_MAX bytes. Returns the type. */
uint16_t dns_record_text(const struct dns_reply *answer, size_t *at, char *buffer);

/* Does one of the records have the text? An address is the same in every notation; of the other
 * types, the text need only be a part, in upper or lower case. buffer as above. */
bool dns_answer_contains(const struct dns_reply *answer, const char *text, char *buffer);

#endif
