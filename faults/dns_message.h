/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_message - the question of a DNS query, and answers to it that no server gave (RFC 1035).
 *
 * What is read comes from anybody: every length is checked, nothing is followed.
 */
#ifndef FAULTS_DNS_MESSAGE_H
#define FAULTS_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults/dns.h"

#define DNS_HEADER_SIZE 12
#define DNS_MESSAGE_MAX 65535
/* Of a name as text: each of 255 bytes may need four. */
#define DNS_NAME_TEXT_MAX 1024
/* An answer is the question, at most one record for each address, and one for EDNS. */
#define DNS_ANSWER_MAX (DNS_HEADER_SIZE + 255 + 4 + DNS_ADDRESSES_MAX * 28 + 11)

struct dns_query {
	uint16_t id;
	uint16_t type;
	uint16_t class;
	size_t question_end; /* in the message */
	bool edns;	     /* it brought an OPT record (RFC 6891) */
	bool dnssec_ok;
	char name[DNS_NAME_TEXT_MAX]; /* lower case, without the final dot; "": the root */
};

/* Reads a query with one question. Returns -1 for whatever else it may be: it is not for us. */
int dns_query_parse(const uint8_t *message, size_t length, struct dns_query *ret_query);

/* A number for the question of a query or of an answer to it, whose name is the same in upper and
 * lower case; 0 where there is none. */
uint64_t dns_question_hash(const uint8_t *message, size_t length);

/* Writes the answer to a query that was parsed from message. size is at least DNS_ANSWER_MAX.
 * Returns its length; 0 when the answer is none. No record and no absence of one may be kept
 * (time to live 0, no SOA record; RFC 2308), so that nothing outlives the fault. */
size_t dns_answer_write(const uint8_t *message, const struct dns_query *query,
	const struct dns_rule *rule, uint8_t *out, size_t size);

#endif
