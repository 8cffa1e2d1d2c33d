/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/grpc_message.h"

START_TEST(request_for_the_server_is_empty)
{
	uint8_t buffer[GRPC_REQUEST_MAX];
	static const uint8_t wanted[] = {0, 0, 0, 0, 0};

	ck_assert_uint_eq(grpc_health_request("", buffer), sizeof(wanted));
	ck_assert_mem_eq(buffer, wanted, sizeof(wanted));
}
END_TEST

START_TEST(request_for_a_service)
{
	uint8_t buffer[GRPC_REQUEST_MAX];
	static const uint8_t wanted[] = {0, 0, 0, 0, 4, 0x0a, 2, 'u', 'p'};

	ck_assert_uint_eq(grpc_health_request("up", buffer), sizeof(wanted));
	ck_assert_mem_eq(buffer, wanted, sizeof(wanted));
}
END_TEST

/* From 128 on, the length takes two bytes. */
START_TEST(request_for_a_long_name)
{
	static const size_t lengths[] = {127, 128, 300, GRPC_SERVICE_MAX};
	const size_t length = lengths[_i];
	const size_t head = length < 128 ? 2 : 3;
	uint8_t *buffer = malloc(GRPC_REQUEST_MAX);
	char *name = malloc(length + 1);

	memset(name, 'x', length);
	name[length] = '\0';
	ck_assert_uint_eq(grpc_health_request(name, buffer), 5 + head + length);
	ck_assert_uint_eq((size_t)buffer[3] << 8 | buffer[4], head + length);
	ck_assert_uint_eq(buffer[5], 0x0a);
	if (head == 2)
		ck_assert_uint_eq(buffer[6], length);
	else
		ck_assert_uint_eq((size_t)(buffer[6] & 0x7f) | (size_t)buffer[7] << 7, length);
	ck_assert_mem_eq(buffer + 5 + head, name, length);
	free(name);
	free(buffer);
}
END_TEST

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct {
	const uint8_t *data;
	size_t length;
	int64_t status; /* -1: it is no answer */
} answers[] = {
	{BYTES("\0\0\0\0\2\x08\x01"), 1},
	{BYTES("\0\0\0\0\2\x08\x02"), 2},
	{BYTES("\0\0\0\0\0"), 0},
	{BYTES("\0\0\0\0\3\x08\x81\x00"), 1},
	{BYTES("\0\0\0\0\3\x08\xac\x02"), 300},
	{BYTES("\0\0\0\0\4\x08\x02\x08\x01"), 1},
	{BYTES("\0\0\0\0\7\x12\3abc\x08\x01"), 1},
	{BYTES("\0\0\0\0\x0b\x11"
	       "12345678\x08\x01"),
		1},
	{BYTES("\0\0\0\0\7\x1d"
	       "1234\x08\x01"),
		1},
	{BYTES("\0\0\0\0\3\x0a\x01x"), 0},
	{BYTES("\0\0\0\0\x0a\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), INT64_MAX},
	{BYTES("\0\0\0\0\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"), INT64_MAX},
	{BYTES("\0\0\0\0\x0c\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"), -1},
	{BYTES("\0\0\0\0\2\x08\x81"), -1},
	{BYTES("\0\0\0\0\1\x08"), -1},
	{BYTES("\0\0\0\0\3\x12\5a"), -1},
	{BYTES("\0\0\0\0\2\x11\x01"), -1},
	{BYTES("\0\0\0\0\2\x0b\x01"), -1},
	{BYTES("\0\0\0\0\2\x00\x01"), -1},
	{BYTES("\1\0\0\0\2\x08\x01"), -1},
	{BYTES("\0\0\0\0\3\x08\x01"), -1},
	{BYTES("\0\0\0\0\1\x08\x01"), -1},
	{BYTES("\0\xff\xff\xff\xff\x08\x01"), -1},
	{BYTES("\0\0\0\0"), -1},
	{BYTES(""), -1},
};

START_TEST(answer_is_read)
{
	const size_t length = answers[_i].length;
	/* A copy of its own, so that reading behind it is noticed. */
	uint8_t *data = malloc(length > 0 ? length : 1);
	uint64_t status = 99;
	int result;

	memcpy(data, answers[_i].data, length);
	result = grpc_health_answer(data, length, &status);
	free(data);
	if (answers[_i].status < 0) {
		ck_assert_int_eq(result, -1);
		return;
	}
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(status, (uint64_t)answers[_i].status);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grpc_message");
	TCase *tests = tcase_create("grpc_message");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, request_for_the_server_is_empty);
	tcase_add_test(tests, request_for_a_service);
	tcase_add_loop_test(tests, request_for_a_long_name, 0, 4);
	tcase_add_loop_test(tests, answer_is_read, 0, (int)(sizeof(answers) / sizeof(answers[0])));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
