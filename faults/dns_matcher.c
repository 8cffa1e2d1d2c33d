/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/dns_matcher.h"

#include <fnmatch.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_A	   1
#define TYPE_AAAA  28
#define TYPE_HTTPS 65 /* brings addresses, too (RFC 9460) */
#define CLASS_IN   1
#define CLASS_ANY  255

struct dns_matcher {
	struct dns_rule rule;
	size_t count; /* of names */
	bool is_expression[DNS_NAMES_MAX];
	regex_t expressions[DNS_NAMES_MAX];
};

static int compile(struct dns_matcher *matcher, const char *pattern)
{
	const size_t at = matcher->count;
	const size_t length = strlen(pattern);
	char text[FIELD_TEXT_MAX];

	if (length >= 2 && pattern[0] == '/' && pattern[length - 1] == '/') {
		memcpy(text, pattern + 1, length - 2);
		text[length - 2] = '\0';
		if (regcomp(&matcher->expressions[at], text,
			    REG_EXTENDED | REG_NOSUB | REG_ICASE) != 0)
			return -1;
		matcher->is_expression[at] = true;
	}
	matcher->count++;
	return 0;
}

struct dns_matcher *dns_matcher_new(const struct dns_rule *rule)
{
	struct dns_matcher *matcher = calloc(1, sizeof(*matcher));

	if (matcher == NULL)
		return NULL;
	matcher->rule = *rule;
	for (size_t i = 0; i < DNS_NAMES_MAX && rule->names[i][0] != '\0'; i++) {
		if (compile(matcher, rule->names[i]) == 0)
			continue;
		dns_matcher_free(matcher);
		return NULL;
	}
	return matcher;
}

void dns_matcher_free(struct dns_matcher *matcher)
{
	if (matcher == NULL)
		return;
	for (size_t i = 0; i < matcher->count; i++)
		if (matcher->is_expression[i])
			regfree(&matcher->expressions[i]);
	free(matcher);
}

static bool means_name(const struct dns_matcher *matcher, const char *name)
{
	for (size_t i = 0; i < matcher->count; i++) {
		if (matcher->is_expression[i]
				? regexec(&matcher->expressions[i], name, 0, NULL, 0) == 0
				: fnmatch(matcher->rule.names[i], name,
					  FNM_CASEFOLD | FNM_NOESCAPE) == 0)
			return true;
	}
	return matcher->count == 0;
}

/* Wrong addresses are an answer only to who asks for addresses, unless it is said otherwise. */
static bool means_type(const struct dns_rule *rule, uint16_t type)
{
	if (rule->types[0] == 0)
		return rule->answer != DNS_ANSWER_ADDRESS || type == TYPE_A || type == TYPE_AAAA ||
		       type == TYPE_HTTPS;
	for (size_t i = 0; i < DNS_TYPES_MAX && rule->types[i] != 0; i++)
		if (rule->types[i] == type)
			return true;
	return false;
}

bool dns_matcher_means(const struct dns_matcher *matcher, const struct dns_query *query)
{
	return (query->class == CLASS_IN || query->class == CLASS_ANY) &&
	       means_type(&matcher->rule, query->type) && means_name(matcher, query->name);
}

const struct dns_rule *dns_matcher_rule(const struct dns_matcher *matcher)
{
	return &matcher->rule;
}
