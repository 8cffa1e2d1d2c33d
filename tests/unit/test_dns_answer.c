/* SPDX-License-Identifier: Apache-2.0 */
/* Questions and answers of DNS probes by the bytes of RFC 1035. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/dns_answer.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define ID	     0x1234

static char text[DNS_RECORD_TEXT_MAX];

/* In memory of exactly that size: a sanitizer sees what looks beyond. */
static uint8_t *copy(const uint8_t *bytes, size_t length)
{
	uint8_t *exact = malloc(length == 0 ? 1 : length);

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, bytes, length);
	return exact;
}

/* --- questions --- */

START_TEST(a_question_is_written)
{
	static const uint8_t wanted[] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, /* header */
		3, 'w', 'w', 'w', 1, 'T', 0, 0, 28, 0, 1};
	struct dns_question question = {0};

	ck_assert(dns_question_make("www.T", 28, &question));
	ck_assert_uint_eq(question.length, sizeof(wanted));
	ck_assert_mem_eq(question.message, wanted, sizeof(wanted));
	ck_assert(dns_question_make("www.T.", 28, &question));
	ck_assert_mem_eq(question.message, wanted, sizeof(wanted));
	ck_assert(dns_question_make(".", 2, &question));
	ck_assert_uint_eq(question.length, 12 + 1 + 4);
}
END_TEST

/* Labels of lengths that are too much by one, and those that fit. */
START_TEST(names_have_limits)
{
	struct dns_question question = {0};
	char name[512];

	memset(name, 'a', sizeof(name));
	name[63] = '\0';
	ck_assert(dns_question_make(name, 1, &question));
	name[63] = 'a';
	name[64] = '\0';
	ck_assert(!dns_question_make(name, 1, &question));
	memset(name, 'a', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	name[253] = '\0'; /* 253 characters are 255 bytes */
	ck_assert(dns_question_make(name, 1, &question));
	ck_assert_uint_eq(question.length, DNS_QUESTION_MAX);
	name[253] = 'a';
	name[254] = '\0';
	ck_assert(!dns_question_make(name, 1, &question));
	ck_assert(!dns_question_make("a..b", 1, &question));
	ck_assert(!dns_question_make(".a", 1, &question));
	ck_assert(!dns_question_make("..", 1, &question));
}
END_TEST

/* --- answers --- */

/* The question is "a.test"; its name is at 12, the answer section begins at 24. */
#define HEADER(flags, rcode, records) 0x12, 0x34, (flags), (rcode), 0, 1, 0, (records), 0, 0, 0, 0
#define QUESTION(type)		      1, 'a', 4, 't', 'e', 's', 't', 0, 0, (type), 0, 1
#define RECORD(type, size)	      0xc0, 12, 0, (type), 0, 1, 0, 0, 0, 60, 0, (size)
#define MESSAGE(...)		      (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static const struct {
	uint16_t type;
	const uint8_t *bytes;
	size_t length;
	const char *text;
} records[] = {
	{1, MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), RECORD(1, 4), 10, 0, 0, 5), "10.0.0.5"},
	{28,
		MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(28), RECORD(28, 16), 0xfd, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 0, 0, 0, 0, 0, 5),
		"fd00::5"},
	{5, MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(5), RECORD(5, 4), 1, 'B', 0xc0, 14), "b.test"},
	{2, MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(2), RECORD(2, 1), 0), ""},
	{12, MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(12), RECORD(12, 5), 3, 'a', '.', ' ', 0),
		"a\\.\\032"},
	{15, MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(15), RECORD(15, 4), 1, 0, 0xc0, 12),
		"256 a.test"},
	{33,
		MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(33), RECORD(33, 8), 0, 1, 0, 2, 0x13, 0xc4,
			0xc0, 12),
		"1 2 5060 a.test"},
	{16,
		MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(16), RECORD(16, 7), 2, 'H', 'i', 0, 2, ' ',
			0xff),
		"Hi \\255"},
	{6,
		MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(6), RECORD(6, 23), 0, 0xc0, 12, 0, 0, 0, 7,
			0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4),
		" a.test 7 1 2 3 4"},
};

static enum dns_reading read_exact(
	const uint8_t *bytes, size_t length, uint16_t type, struct dns_reply *ret_reply)
{
	struct dns_question question = {0};

	ck_assert(dns_question_make("A.Test", type, &question));
	return dns_answer_read(bytes, length, &question, ID, ret_reply);
}

START_TEST(a_record_has_a_text)
{
	const size_t length = records[_i].length;
	uint8_t *bytes = copy(records[_i].bytes, length);
	struct dns_reply reply;
	size_t at;

	ck_assert_int_eq(read_exact(bytes, length, records[_i].type, &reply), DNS_READING_COMPLETE);
	ck_assert_uint_eq(reply.rcode, 0);
	ck_assert_uint_eq(reply.records, 1);
	ck_assert_uint_eq(reply.matching, 1);
	at = reply.first;
	ck_assert_uint_eq(dns_record_text(&reply, &at, text), records[_i].type);
	ck_assert_str_eq(text, records[_i].text);
	ck_assert_uint_eq(at, length);
	free(bytes);
}
END_TEST

/* Up to the end of the question it is not known to be the answer; from there on it is malformed. */
START_TEST(an_answer_that_is_cut_off_is_malformed)
{
	for (size_t length = 0; length < records[_i].length; length++) {
		uint8_t *bytes = copy(records[_i].bytes, length);
		struct dns_reply reply;

		ck_assert_int_eq(read_exact(bytes, length, records[_i].type, &reply),
			length < 24 ? DNS_READING_FOREIGN : DNS_READING_MALFORMED);
		free(bytes);
	}
}
END_TEST

static const struct {
	const uint8_t *bytes;
	size_t length;
	enum dns_reading reading;
} answers[] = {
	{MESSAGE(HEADER(0x81, 0x83, 0), QUESTION(1)), DNS_READING_COMPLETE},
	{MESSAGE(HEADER(0x83, 0x80, 0), QUESTION(1)), DNS_READING_TRUNCATED},
	{MESSAGE(HEADER(0x83, 0x80, 9), QUESTION(1)), DNS_READING_TRUNCATED},
	/* a query, another operation, another type, another class */
	{MESSAGE(HEADER(0x01, 0x80, 0), QUESTION(1)), DNS_READING_FOREIGN},
	{MESSAGE(HEADER(0xa9, 0x80, 0), QUESTION(1)), DNS_READING_FOREIGN},
	{MESSAGE(HEADER(0x81, 0x80, 0), QUESTION(2)), DNS_READING_FOREIGN},
	{MESSAGE(HEADER(0x81, 0x80, 0), 1, 'a', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 3),
		DNS_READING_FOREIGN},
	/* another id, two questions, another name, a name that is only alike */
	{MESSAGE(0x12, 0x35, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, QUESTION(1)), DNS_READING_FOREIGN},
	{MESSAGE(0x12, 0x34, 0x81, 0x80, 0, 2, 0, 0, 0, 0, 0, 0, QUESTION(1)), DNS_READING_FOREIGN},
	{MESSAGE(HEADER(0x81, 0x80, 0), 1, 'b', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1),
		DNS_READING_FOREIGN},
	{MESSAGE(HEADER(0x81, 0x80, 0), 0x21, 'a', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1),
		DNS_READING_FOREIGN},
	/* names that point to themselves, forward, to each other, and nowhere */
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), 0xc0, 24, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0),
		DNS_READING_MALFORMED},
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), 0xc0, 36, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0),
		DNS_READING_MALFORMED},
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), RECORD(5, 4), 0xc0, 38, 0xc0, 36),
		DNS_READING_MALFORMED},
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), 0xff, 0xff, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0),
		DNS_READING_MALFORMED},
	/* a label of a kind that does not exist, data of the wrong size, fewer records than said */
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), 0x41, 'a', 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0),
		DNS_READING_MALFORMED},
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), RECORD(1, 5), 1, 2, 3, 4, 5),
		DNS_READING_MALFORMED},
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), RECORD(5, 3), 0xc0, 12, 0),
		DNS_READING_MALFORMED},
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), RECORD(15, 2), 0, 1), DNS_READING_MALFORMED},
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), RECORD(16, 3), 3, 'a', 'b'),
		DNS_READING_MALFORMED},
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), RECORD(16, 0)), DNS_READING_MALFORMED},
	{MESSAGE(HEADER(0x81, 0x80, 2), QUESTION(1), RECORD(1, 4), 1, 2, 3, 4),
		DNS_READING_MALFORMED},
	/* of an unknown type */
	{MESSAGE(HEADER(0x81, 0x80, 1), QUESTION(1), RECORD(99, 1), 7), DNS_READING_COMPLETE},
};

START_TEST(what_is_an_answer)
{
	uint8_t *bytes = copy(answers[_i].bytes, answers[_i].length);
	struct dns_reply reply;

	ck_assert_int_eq(read_exact(bytes, answers[_i].length, 1, &reply), answers[_i].reading);
	free(bytes);
}
END_TEST

/* Each name points to the one before: as long as they get shorter towards the front, there is an
 * end, but a name of more than 255 bytes is none. */
START_TEST(a_name_may_not_grow_by_pointers)
{
	static const uint8_t header[] = {HEADER(0x81, 0x80, 9), QUESTION(5)};
	uint8_t bytes[1024];
	size_t length = sizeof(header);
	size_t last = 12;
	struct dns_reply reply;
	enum dns_reading reading = DNS_READING_COMPLETE;

	memcpy(bytes, header, sizeof(header));
	for (unsigned int i = 1; i <= 9; i++) {
		static const uint8_t record[] = {RECORD(5, 43)};

		memcpy(bytes + length, record, sizeof(record));
		length += sizeof(record);
		bytes[length] = 40;
		memset(bytes + length + 1, 'x', 40);
		bytes[length + 41] = (uint8_t)(0xc0 | last >> 8);
		bytes[length + 42] = (uint8_t)last;
		last = length;
		length += 43;
		bytes[7] = (uint8_t)i;
		reading = read_exact(bytes, length, 5, &reply);
		/* "a.test" has 8 bytes, and each record adds 41. */
		ck_assert_int_eq(
			reading, 8 + i * 41 <= 255 ? DNS_READING_COMPLETE : DNS_READING_MALFORMED);
	}
	ck_assert_int_eq(reading, DNS_READING_MALFORMED);
}
END_TEST

START_TEST(texts_are_found)
{
	static const uint8_t bytes[] = {HEADER(0x81, 0x80, 3), QUESTION(1), RECORD(5, 4), 1, 'B',
		0xc0, 14, RECORD(1, 4), 10, 0, 0, 50, RECORD(28, 16), 0xfd, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 5};
	struct dns_reply reply;

	ck_assert_int_eq(read_exact(bytes, sizeof(bytes), 1, &reply), DNS_READING_COMPLETE);
	ck_assert_uint_eq(reply.records, 3);
	ck_assert_uint_eq(reply.matching, 1);
	ck_assert(dns_answer_contains(&reply, "10.0.0.50", text));
	ck_assert(!dns_answer_contains(&reply, "10.0.0.5", text));
	ck_assert(dns_answer_contains(&reply, "fd00:0:0::5", text));
	ck_assert(dns_answer_contains(&reply, "B.TEST", text));
	ck_assert(dns_answer_contains(&reply, "test", text));
	ck_assert(!dns_answer_contains(&reply, "c.test", text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dns_answer");
	TCase *tests = tcase_create("dns_answer");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, a_question_is_written);
	tcase_add_test(tests, names_have_limits);
	tcase_add_loop_test(tests, a_record_has_a_text, 0, COUNT(records));
	tcase_add_loop_test(tests, an_answer_that_is_cut_off_is_malformed, 0, COUNT(records));
	tcase_add_loop_test(tests, what_is_an_answer, 0, COUNT(answers));
	tcase_add_test(tests, a_name_may_not_grow_by_pointers);
	tcase_add_test(tests, texts_are_found);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
