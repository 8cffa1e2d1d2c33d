/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/resolver_rule.h"

#include <stdlib.h>
#include <string.h>

/* Queries that wait for their delay; more are lost. */
#define HELD_MAX 8192

struct resolver_held {
	struct resolver_message message; /* first: what it is freed by */
	struct resolver_held *next;
	int64_t due_ns;
	uint8_t bytes[];
};

struct resolver_rule *resolver_rule_new(uint32_t id, const struct dns_rule *rule, uint64_t seed)
{
	struct resolver_rule *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return NULL;
	made->id = id;
	made->random = seed;
	made->end = &made->first;
	made->evidence.source = EVIDENCE_RESOLVER;
	made->matcher = dns_matcher_new(rule);
	if (made->matcher != NULL)
		return made;
	free(made);
	return NULL;
}

void resolver_rule_free(struct resolver_rule *rule)
{
	if (rule == NULL)
		return;
	while (rule->first != NULL)
		free(resolver_rule_let_go(rule));
	dns_matcher_free(rule->matcher);
	free(rule);
}

/* SplitMix64. */
static double draw_percent(struct resolver_rule *rule)
{
	uint64_t z = (rule->random += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (double)((z ^ (z >> 31)) >> 11) * 100.0 / 9007199254740992.0;
}

bool resolver_rule_hits(struct resolver_rule *rule, const struct resolver_message *message,
	const struct dns_query *query)
{
	rule->evidence.packets++;
	rule->evidence.bytes += message->length;
	if (query == NULL || !dns_matcher_means(rule->matcher, query) ||
		draw_percent(rule) >= dns_matcher_rule(rule->matcher)->percent)
		return false;
	rule->evidence.matched++;
	return true;
}

bool resolver_rule_hold(
	struct resolver_rule *rule, const struct resolver_message *message, int64_t due_ns)
{
	struct resolver_held *held =
		rule->held_count == HELD_MAX ? NULL : malloc(sizeof(*held) + message->length);

	if (held == NULL) {
		rule->evidence.overlimit_drops++;
		return false;
	}
	held->next = NULL;
	held->due_ns = due_ns;
	held->message = *message;
	memcpy(held->bytes, message->bytes, message->length);
	held->message.bytes = held->bytes;
	*rule->end = held;
	rule->end = &held->next;
	rule->held_count++;
	return true;
}

int64_t resolver_rule_due(const struct resolver_rule *rule)
{
	return rule->first == NULL ? INT64_MAX : rule->first->due_ns;
}

struct resolver_message *resolver_rule_let_go(struct resolver_rule *rule)
{
	struct resolver_held *held = rule->first;

	if (held == NULL)
		return NULL;
	rule->first = held->next;
	if (rule->first == NULL)
		rule->end = &rule->first;
	rule->held_count--;
	return &held->message;
}

void resolver_rule_evidence(const struct resolver_rule *rule, struct evidence *ret_evidence)
{
	*ret_evidence = rule->evidence;
	ret_evidence->backlog_packets = rule->held_count;
}
