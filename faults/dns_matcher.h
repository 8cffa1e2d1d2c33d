/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_matcher - does a rule mean this question?
 */
#ifndef FAULTS_DNS_MATCHER_H
#define FAULTS_DNS_MATCHER_H

#include <stdbool.h>

#include "faults/dns.h"
#include "faults/dns_message.h"

struct dns_matcher;

/* Prepares the rule's patterns (pattern.h): whole names without the final dot, upper and lower case
 * being the same; "*" also means several labels. NULL without memory, or for a pattern that is
 * none. The rule is copied. */
struct dns_matcher *dns_matcher_new(const struct dns_rule *rule);
void dns_matcher_free(struct dns_matcher *matcher);

/* The rule's names and types; its percentage is the caller's to draw. */
bool dns_matcher_means(const struct dns_matcher *matcher, const struct dns_query *query);

const struct dns_rule *dns_matcher_rule(const struct dns_matcher *matcher);

#endif
