/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns - which questions about names get which answer: flat data of fixed size, as it goes from the
 * plan to the custodian and on to the resolver.
 */
#ifndef FAULTS_DNS_H
#define FAULTS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "faults/field.h"
#include "reports/err.h"

#define DNS_NAMES_MAX	  16
#define DNS_TYPES_MAX	  16
#define DNS_ADDRESSES_MAX 8

enum dns_answer {
	DNS_ANSWER_SERVER, /* what the name server says; only later */
	DNS_ANSWER_NXDOMAIN,
	DNS_ANSWER_SERVFAIL,
	DNS_ANSWER_REFUSED,
	DNS_ANSWER_NODATA,  /* the name is there, nothing of that type */
	DNS_ANSWER_TIMEOUT, /* none at all */
	DNS_ANSWER_ADDRESS, /* the addresses of the rule */
};

struct dns_address {
	uint8_t family;	   /* AF_INET or AF_INET6 */
	uint8_t bytes[16]; /* network byte order; IPv4 in the first 4 */
};

struct dns_rule {
	char names[DNS_NAMES_MAX][FIELD_TEXT_MAX]; /* patterns, see dns_matcher.h; up to the first
						      empty one; none: every name */
	uint16_t types[DNS_TYPES_MAX]; /* of records, as in RFC 1035; up to the first 0; none: any
					*/
	struct dns_address addresses[DNS_ADDRESSES_MAX];
	uint32_t address_count;
	int answer;	  /* enum dns_answer */
	int64_t delay_ns; /* before the answer, whoever gives it */
	double percent;	  /* of the questions that match */
};

/* What a user gives, before the kind's validate makes a rule of it. */
struct dns_params {
	struct dns_rule rule; /* names, delay_ns and percent are the user's */
	char answers[DNS_ADDRESSES_MAX][FIELD_TEXT_MAX];
	char types[DNS_TYPES_MAX][FIELD_TEXT_MAX];
};

/* Is it one that the plan could have made? For what comes from another process. */
bool dns_rule_is_possible(const struct dns_rule *rule);

/* The number of a type of records by its name ("AAAA", "TYPE65"); 0: there is none. */
uint16_t dns_type_number(const char *name);

/* "nxdomain for db.internal, after 300ms": in words. */
void dns_rule_describe(const struct dns_rule *rule, FILE *out);

#endif
