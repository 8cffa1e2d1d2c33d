/* SPDX-License-Identifier: Apache-2.0 */
/* DNS queries and answers by the bytes of RFC 1035, names by patterns, resolv.conf, and the kind.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "faults/dns_matcher.h"
#include "faults/dns_message.h"
#include "faults/kinds.h"
#include "faults/name_servers.h"
#include "faults/operation_text.h"

/* "wWw.A\.b.test" A IN, with an OPT record that has DO. */
static const uint8_t query_bytes[] = {0x12, 0x34, 0x01, 0x10, 0, 1, 0, 0, 0, 0, 0, 1, /* header */
	3, 'w', 'W', 'w', 3, 'A', '.', 'b', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1,     /* question */
	0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 0};
#define QUESTION_END (sizeof(query_bytes) - 11)

START_TEST(a_query_is_read)
{
	struct dns_query query;

	ck_assert_int_eq(dns_query_parse(query_bytes, sizeof(query_bytes), &query), 0);
	ck_assert_str_eq(query.name, "www.a\\.b.test");
	ck_assert_uint_eq(query.id, 0x1234);
	ck_assert_uint_eq(query.type, 1);
	ck_assert_uint_eq(query.class, 1);
	ck_assert_uint_eq(query.question_end, QUESTION_END);
	ck_assert(query.edns && query.dnssec_ok);
}
END_TEST

/* In memory of exactly that size: a sanitizer sees what looks beyond. */
START_TEST(a_query_that_is_cut_off_is_none)
{
	for (size_t size = 0; size < QUESTION_END; size++) {
		uint8_t *bytes = malloc(size == 0 ? 1 : size);
		struct dns_query query;

		memcpy(bytes, query_bytes, size);
		ck_assert_int_eq(dns_query_parse(bytes, size, &query), -1);
		ck_assert_uint_eq(dns_question_hash(bytes, size), 0);
		free(bytes);
	}
}
END_TEST

static const struct {
	size_t at;
	uint8_t value;
} not_for_us[] = {
	{2, 0x81},  /* an answer */
	{2, 0x29},  /* an update */
	{5, 2},	    /* two questions */
	{5, 0},	    /* none */
	{7, 1},	    /* with answers */
	{12, 0xc0}, /* a name that points elsewhere */
	{12, 64},   /* a label that is too long */
};

START_TEST(what_is_no_plain_query_is_left_alone)
{
	uint8_t bytes[sizeof(query_bytes)];
	struct dns_query query;

	memcpy(bytes, query_bytes, sizeof(bytes));
	bytes[not_for_us[_i].at] = not_for_us[_i].value;
	ck_assert_int_eq(dns_query_parse(bytes, sizeof(bytes), &query), -1);
}
END_TEST

/* The longest name there can be, all of bytes that need four characters each. */
START_TEST(the_longest_name_fits)
{
	uint8_t bytes[12 + 255 + 4] = {0, 1, 0, 0, 0, 1};
	struct dns_query query;
	size_t at = 12;

	for (int label = 0; label < 4; label++) {
		uint8_t length = label == 3 ? 61 : 63;

		bytes[at++] = length;
		memset(bytes + at, 7, length);
		at += length;
	}
	bytes[at] = 0;
	bytes[at + 2] = 1;
	bytes[at + 4] = 1;
	ck_assert_uint_eq(at + 5, sizeof(bytes));
	ck_assert_int_eq(dns_query_parse(bytes, sizeof(bytes), &query), 0);
	ck_assert_uint_eq(strlen(query.name), 250 * 4 + 3);
}
END_TEST

static const struct {
	int answer;
	uint8_t rcode;
} answers[] = {
	{DNS_ANSWER_NXDOMAIN, 3},
	{DNS_ANSWER_SERVFAIL, 2},
	{DNS_ANSWER_REFUSED, 5},
	{DNS_ANSWER_NODATA, 0},
};

START_TEST(an_answer_repeats_the_question)
{
	const struct dns_rule rule = {.answer = answers[_i].answer};
	uint8_t out[DNS_ANSWER_MAX];
	struct dns_query query;

	ck_assert_int_eq(dns_query_parse(query_bytes, sizeof(query_bytes), &query), 0);
	ck_assert_uint_eq(dns_answer_write(query_bytes, &query, &rule, out, sizeof(out)),
		sizeof(query_bytes));
	ck_assert_mem_eq(out, query_bytes, 2);
	ck_assert_uint_eq(out[2], 0x81);
	ck_assert_uint_eq(out[3], 0x90 | answers[_i].rcode);
	ck_assert_mem_eq(out + 12, query_bytes + 12, QUESTION_END - 12);
	ck_assert_uint_eq(out[11], 1);
	ck_assert_uint_eq(out[QUESTION_END + 2], 41);
	ck_assert_uint_eq(dns_question_hash(out, sizeof(query_bytes)),
		dns_question_hash(query_bytes, sizeof(query_bytes)));
}
END_TEST

START_TEST(addresses_are_answered_by_family)
{
	struct dns_rule rule = {.answer = DNS_ANSWER_ADDRESS, .address_count = 3};
	uint8_t out[DNS_ANSWER_MAX];
	struct dns_query query;
	static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1};

	rule.addresses[0] = (struct dns_address){AF_INET, {192, 0, 2, 1}};
	rule.addresses[1] = (struct dns_address){AF_INET6, {0x20, 1}};
	rule.addresses[2] = (struct dns_address){AF_INET, {192, 0, 2, 2}};
	ck_assert_int_eq(dns_query_parse(query_bytes, QUESTION_END, &query), 0);
	ck_assert(!query.edns);
	ck_assert_uint_eq(dns_answer_write(query_bytes, &query, &rule, out, sizeof(out)),
		QUESTION_END + 2 * sizeof(record));
	ck_assert_uint_eq(out[7], 2);
	ck_assert_mem_eq(out + QUESTION_END, record, sizeof(record));
	query.type = 28;
	ck_assert_uint_eq(
		dns_answer_write(query_bytes, &query, &rule, out, sizeof(out)), QUESTION_END + 28);
	query.type = 15;
	ck_assert_uint_eq(
		dns_answer_write(query_bytes, &query, &rule, out, sizeof(out)), QUESTION_END);
	rule.answer = DNS_ANSWER_TIMEOUT;
	ck_assert_uint_eq(dns_answer_write(query_bytes, &query, &rule, out, sizeof(out)), 0);
}
END_TEST

static const struct {
	const char *pattern;
	const char *name;
	bool meant;
} pairs[] = {
	{"db.internal", "db.internal", true},
	{"DB.Internal", "db.internal", true},
	{"db.internal", "xdb.internal", false},
	{"*.example.com", "a.b.example.com", true},
	{"*.example.com", "example.com", false},
	{"db?", "db1", true},
	{"/^DB[0-9]+\\.", "db1.shop", false}, /* no slash at its end: a whole name */
	{"/^DB[0-9]+\\./", "db1.shop", true},
	{"/^db[0-9]+\\./", "db.shop", false},
	{"*", "", true},
};

START_TEST(names_are_matched)
{
	struct dns_rule rule = {.answer = DNS_ANSWER_NXDOMAIN};
	struct dns_query query = {.type = 16, .class = 1};
	struct dns_matcher *matcher;

	snprintf(rule.names[0], sizeof(rule.names[0]), "no.such.name");
	snprintf(rule.names[1], sizeof(rule.names[1]), "%s", pairs[_i].pattern);
	snprintf(query.name, sizeof(query.name), "%s", pairs[_i].name);
	matcher = dns_matcher_new(&rule);
	ck_assert_ptr_nonnull(matcher);
	ck_assert(dns_matcher_means(matcher, &query) == pairs[_i].meant);
	dns_matcher_free(matcher);
}
END_TEST

START_TEST(types_are_matched)
{
	struct dns_rule rule = {.answer = DNS_ANSWER_ADDRESS};
	struct dns_query query = {.type = 15, .class = 1, .name = "a.test"};
	struct dns_matcher *matcher = dns_matcher_new(&rule);

	ck_assert(!dns_matcher_means(matcher, &query));
	query.type = 28;
	ck_assert(dns_matcher_means(matcher, &query));
	query.class = 3; /* CHAOS */
	ck_assert(!dns_matcher_means(matcher, &query));
	dns_matcher_free(matcher);
	rule.types[0] = 15;
	matcher = dns_matcher_new(&rule);
	query.class = 1;
	ck_assert(!dns_matcher_means(matcher, &query));
	query.type = 15;
	ck_assert(dns_matcher_means(matcher, &query));
	dns_matcher_free(matcher);
	ck_assert_uint_eq(dns_type_number("aaaa"), 28);
	ck_assert_uint_eq(dns_type_number("TYPE65"), 65);
	ck_assert_uint_eq(dns_type_number("TYPE65536"), 0);
	ck_assert_uint_eq(dns_type_number("TYPE"), 0);
}
END_TEST

START_TEST(name_servers_are_found)
{
	char text[] = "# nameserver 192.0.2.9\n; nameserver 192.0.2.9\nsearch a b\n"
		      "nameserver 192.0.2.1\n nameserver\t2001:db8::1 \r\nnameserver 192.0.2.1\n"
		      "nameserver fe80::1%eth0\nnameserver\nnameservers 192.0.2.8\n"
		      "nameserver 192.0.2.2";
	struct dns_address servers[8];

	ck_assert_uint_eq(name_servers_parse(text, servers, 8), 3);
	ck_assert_uint_eq(servers[0].family, AF_INET);
	ck_assert_uint_eq(servers[1].family, AF_INET6);
	ck_assert_uint_eq(servers[2].bytes[3], 2);
}
END_TEST

START_TEST(the_plan_says_what_the_kernel_lacks)
{
	const struct features features = {.root = true, .nf_tables = true};
	struct instance instance = {.netns_path = "/proc/1/ns/net"};
	struct fault_params params = {.dns = {.rule = {.answer = DNS_ANSWER_NXDOMAIN}}};
	struct operation_list list = {0};
	struct err err;

	ck_assert_int_eq(
		fault_dns.plan(&fault_dns, &params, &instance, ENGINE_AUTO, &features, &list, &err),
		-1);
	ck_assert_ptr_nonnull(strstr(err.message, "nft_redir"));
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

/* Rules are not in the journal: undoing needs only the table. */
START_TEST(the_journal_keeps_the_table)
{
	struct operation operation = {.id = 1,
		.type = OPERATION_DNS,
		.netns_path = "/proc/1/ns/net",
		.netns_inode = 2,
		.table = "perturb_0123abcd",
		.dns = {.answer = DNS_ANSWER_NXDOMAIN, .names = {"a.test"}}};
	char text[OPERATION_TEXT_MAX];
	struct operation copy;

	ck_assert_int_gt(operation_format(&operation, text, sizeof(text)), 0);
	ck_assert_int_eq(operation_parse(text, &copy), 0);
	ck_assert_str_eq(copy.table, operation.table);
	ck_assert_uint_eq(copy.impairment.table, 0);
	ck_assert_str_eq(copy.dns.names[0], "");
	memcpy(operation.table, "filter", sizeof("filter"));
	ck_assert_int_gt(operation_format(&operation, text, sizeof(text)), 0);
	ck_assert_int_eq(operation_parse(text, &copy), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dns");
	TCase *tests = tcase_create("dns");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, a_query_is_read);
	tcase_add_test(tests, a_query_that_is_cut_off_is_none);
	tcase_add_loop_test(tests, what_is_no_plain_query_is_left_alone, 0,
		(int)(sizeof(not_for_us) / sizeof(not_for_us[0])));
	tcase_add_test(tests, the_longest_name_fits);
	tcase_add_loop_test(tests, an_answer_repeats_the_question, 0,
		(int)(sizeof(answers) / sizeof(answers[0])));
	tcase_add_test(tests, addresses_are_answered_by_family);
	tcase_add_loop_test(tests, names_are_matched, 0, (int)(sizeof(pairs) / sizeof(pairs[0])));
	tcase_add_test(tests, types_are_matched);
	tcase_add_test(tests, name_servers_are_found);
	tcase_add_test(tests, the_plan_says_what_the_kernel_lacks);
	tcase_add_test(tests, the_journal_keeps_the_table);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
