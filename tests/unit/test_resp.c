/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of Redis servers, split at every place, and what is none. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/resp.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *bytes;
	enum resp_type type;
	bool nil;
	size_t count;
	const char *text;
} replies[] = {
	{"+PONG\r\n", RESP_SIMPLE, false, 0, "PONG"},
	{"+\r\n", RESP_SIMPLE, false, 0, ""},
	{"-ERR unknown\r\n", RESP_ERROR, false, 0, "ERR unknown"},
	{":0\r\n", RESP_INTEGER, false, 0, "0"},
	{":-42\r\n", RESP_INTEGER, false, 0, "-42"},
	{"$5\r\nhello\r\n", RESP_BULK, false, 0, "hello"},
	{"$4\r\n\r\n\r\n\r\n", RESP_BULK, false, 0, "\r\n\r\n"},
	{"$0\r\n\r\n", RESP_BULK, false, 0, ""},
	{"$-1\r\n", RESP_BULK, true, 0, ""},
	{"*0\r\n", RESP_ARRAY, false, 0, ""},
	{"*-1\r\n", RESP_ARRAY, true, 0, ""},
	{"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\n+a\r\n\r\n", RESP_ARRAY, false, 3,
		"message\nc\n+a\r\n"},
	{"*2\r\n*2\r\n:1\r\n$-1\r\n*1\r\n+x\r\n", RESP_ARRAY, false, 2, "1\n\nx"},
	{"*3\r\n+\r\n+\r\n+\r\n", RESP_ARRAY, false, 3, "\n\n"},
};

/* In memory of exactly that size: a sanitizer sees what looks beyond. */
static uint8_t *copy(const void *bytes, size_t length)
{
	uint8_t *exact = malloc(length == 0 ? 1 : length);

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, bytes, length);
	return exact;
}

START_TEST(a_reply_is_read_when_its_last_byte_is_there)
{
	const size_t length = strlen(replies[_i].bytes);
	struct resp reply;
	size_t size;

	for (size_t split = 0; split <= length; split++) {
		uint8_t *bytes = copy(replies[_i].bytes, split);

		ck_assert_int_eq(resp_read(bytes, split, &reply, &size),
			split == length ? RESP_COMPLETE : RESP_MORE);
		if (split == length) {
			char *text = malloc(length);

			ck_assert_uint_eq(size, length);
			ck_assert_int_eq(reply.type, replies[_i].type);
			ck_assert_int_eq(reply.nil, replies[_i].nil);
			ck_assert_uint_eq(reply.count, replies[_i].count);
			ck_assert_uint_eq(resp_text(&reply, text), strlen(replies[_i].text));
			ck_assert_str_eq(text, replies[_i].text);
			free(text);
		}
		free(bytes);
	}
}
END_TEST

START_TEST(the_next_reply_stays)
{
	static const char bytes[] = "$2\r\nab\r\n:7\r\n";
	struct resp reply;
	size_t size;

	ck_assert_int_eq(
		resp_read((const uint8_t *)bytes, strlen(bytes), &reply, &size), RESP_COMPLETE);
	ck_assert_uint_eq(size, 8);
	ck_assert(resp_is(&reply, "ab", 2));
	ck_assert(!resp_is(&reply, "a", 1));
}
END_TEST

static const struct {
	const char *bytes;
	enum resp_reading reading;
} wrong[] = {
	{"HTTP/1.1 400\r\n", RESP_MALFORMED},
	{"%1\r\n", RESP_MALFORMED},
	{"+a\rb\r\n", RESP_MALFORMED},
	{"+a\nb\r\n", RESP_MALFORMED},
	{":\r\n", RESP_MALFORMED},
	{":1x\r\n", RESP_MALFORMED},
	{"$x\r\n", RESP_MALFORMED},
	{"$\r\n", RESP_MALFORMED},
	{"$-2\r\n", RESP_MALFORMED},
	{"$+1\r\na\r\n", RESP_MALFORMED},
	{"$2\r\nabc", RESP_MALFORMED},
	{"$2\r\nab\rc", RESP_MALFORMED},
	{"$99999999999999999999\r\n", RESP_MALFORMED},
	{"$1048577\r\n", RESP_TOO_LARGE},
	{"*4097\r\n", RESP_TOO_LARGE},
	{"*2\r\n*4000\r\n", RESP_MORE},
	{"*3000\r\n*3000\r\n", RESP_TOO_LARGE},
	{"*1\r\n?", RESP_MALFORMED},
	{"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", RESP_MORE},
	{"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", RESP_TOO_LARGE},
};

START_TEST(what_is_no_reply)
{
	const size_t length = strlen(wrong[_i].bytes);
	uint8_t *bytes = copy(wrong[_i].bytes, length);
	struct resp reply;
	size_t size;

	ck_assert_int_eq(resp_read(bytes, length, &reply, &size), wrong[_i].reading);
	free(bytes);
}
END_TEST

START_TEST(a_line_without_end_is_too_large)
{
	uint8_t *bytes = malloc(RESP_BYTES_MAX);
	struct resp reply;
	size_t size;

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, '+', RESP_BYTES_MAX);
	ck_assert_int_eq(resp_read(bytes, RESP_BYTES_MAX - 1, &reply, &size), RESP_MORE);
	ck_assert_int_eq(resp_read(bytes, RESP_BYTES_MAX, &reply, &size), RESP_TOO_LARGE);
	free(bytes);
}
END_TEST

START_TEST(elements_are_found_by_their_number)
{
	static const char bytes[] = "*3\r\n$1\r\na\r\n*2\r\n:1\r\n:2\r\n+c\r\n";
	struct resp reply;
	struct resp element;
	size_t size;

	ck_assert_int_eq(
		resp_read((const uint8_t *)bytes, strlen(bytes), &reply, &size), RESP_COMPLETE);
	ck_assert(resp_element(&reply, 0, &element) && resp_is(&element, "a", 1));
	ck_assert(resp_element(&reply, 1, &element) && element.count == 2);
	ck_assert(resp_element(&element, 1, &element) && resp_is(&element, "2", 1));
	ck_assert(resp_element(&reply, 2, &element) && resp_is(&element, "c", 1));
	ck_assert(!resp_element(&reply, 3, &element));
	ck_assert(!resp_element(&element, 0, &element));
}
END_TEST

START_TEST(a_command_is_an_array_of_bulks)
{
	static const char *const words[] = {"SET", "key", "two words\r\n", ""};
	static const char wanted[] =
		"*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n$11\r\ntwo words\r\n\r\n$0\r\n\r\n";
	size_t length;
	char *command = resp_command(words, 4, &length);

	ck_assert_uint_eq(length, strlen(wanted));
	ck_assert_mem_eq(command, wanted, length);
	free(command);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resp");
	TCase *tcase = tcase_create("resp");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_reply_is_read_when_its_last_byte_is_there, 0, COUNT(replies));
	tcase_add_test(tcase, the_next_reply_stays);
	tcase_add_loop_test(tcase, what_is_no_reply, 0, COUNT(wrong));
	tcase_add_test(tcase, a_line_without_end_is_too_large);
	tcase_add_test(tcase, elements_are_found_by_their_number);
	tcase_add_test(tcase, a_command_is_an_array_of_bulks);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
