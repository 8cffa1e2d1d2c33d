/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What anybody may send to port 53: queries as datagrams and in streams, and a resolv.conf. The
 * first byte says what becomes of the query.
 */
#include <stdlib.h>
#include <string.h>

#include "faults/dns_matcher.h"
#include "faults/dns_message.h"
#include "faults/name_servers.h"
#include "faults/resolver_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fill_rule(struct dns_rule *rule, uint8_t choice)
{
	static const char *const names[] = {
		"db.internal", "*.example.com", "/^(a|b)+\\./", "[!a]?*"};

	rule->answer = choice % (DNS_ANSWER_ADDRESS + 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		memcpy(rule->names[i], names[i], strlen(names[i]) + 1);
	rule->address_count = DNS_ADDRESSES_MAX;
	for (size_t i = 0; i < DNS_ADDRESSES_MAX; i++)
		rule->addresses[i].family = i % 2 == 0 ? AF_INET : AF_INET6;
}

/* An answer is one to the same question, and no query. */
static void answer(const uint8_t *bytes, size_t length, const struct dns_rule *rule)
{
	static struct dns_matcher *matcher;
	uint8_t out[DNS_ANSWER_MAX];
	struct dns_query query;
	size_t written;

	if (matcher == NULL)
		matcher = dns_matcher_new(rule);
	if (dns_query_parse(bytes, length, &query) < 0)
		return;
	if (strlen(query.name) >= DNS_NAME_TEXT_MAX || query.question_end > length)
		abort();
	(void)dns_matcher_means(matcher, &query);
	written = dns_answer_write(bytes, &query, rule, out, sizeof(out));
	if (written > sizeof(out))
		abort();
	if (written != 0 && (dns_question_hash(out, written) != dns_question_hash(bytes, length) ||
				    dns_query_parse(out, written, &query) == 0))
		abort();
}

static void read_stream(const uint8_t *bytes, size_t length, const struct dns_rule *rule)
{
	struct resolver_flow flow = {NULL, 0, 0};
	const uint8_t *message;
	size_t size;

	if (resolver_flow_add(&flow, bytes, length) < 0)
		return;
	while (resolver_flow_message(&flow, &message, &size)) {
		answer(message, size, rule);
		resolver_flow_drop(&flow, size + 2);
	}
	resolver_flow_free(&flow);
}

static void read_servers(const uint8_t *bytes, size_t length)
{
	struct dns_address servers[3];
	char *text = malloc(length + 1);

	if (text == NULL)
		abort();
	memcpy(text, bytes, length);
	text[length] = '\0';
	if (name_servers_parse(text, servers, 3) > 3)
		abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_rule rule = {.percent = 100.0};

	if (size == 0)
		return 0;
	fill_rule(&rule, data[0]);
	answer(data + 1, size - 1, &rule);
	(void)dns_question_hash(data + 1, size - 1);
	read_stream(data + 1, size - 1, &rule);
	read_servers(data + 1, size - 1);
	return 0;
}
