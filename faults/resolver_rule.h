/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_rule - one fault in a namespace of the resolver: which queries it is meant for, what it
 * has counted, and those that wait for its delay.
 */
#ifndef FAULTS_RESOLVER_RULE_H
#define FAULTS_RESOLVER_RULE_H

#include "faults/dns_matcher.h"
#include "faults/resolver_message.h"
#include "reports/evidence.h"

struct resolver_held;

struct resolver_rule {
	struct resolver_rule *next;
	uint32_t id;
	struct dns_matcher *matcher;
	uint64_t random;
	struct evidence evidence;
	struct resolver_held *first; /* all have the same delay: the first is due first */
	struct resolver_held **end;
	size_t held_count;
};

/* NULL without memory. */
struct resolver_rule *resolver_rule_new(uint32_t id, const struct dns_rule *rule, uint64_t seed);
/* What is held is forgotten. */
void resolver_rule_free(struct resolver_rule *rule);

/* Counts the query. Is it one that the rule is meant for, and chance as well? query is NULL for one
 * that nobody understands. */
bool resolver_rule_hits(struct resolver_rule *rule, const struct resolver_message *message,
	const struct dns_query *query);

/* Keeps a copy until then. False when there is no room. */
bool resolver_rule_hold(
	struct resolver_rule *rule, const struct resolver_message *message, int64_t due_ns);

/* When the first is due; INT64_MAX: none. */
int64_t resolver_rule_due(const struct resolver_rule *rule);
/* Takes the first out; the caller frees it, of which its bytes are a part. NULL: none. */
struct resolver_message *resolver_rule_let_go(struct resolver_rule *rule);

void resolver_rule_evidence(const struct resolver_rule *rule, struct evidence *ret_evidence);

#endif
