/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/http_body.h"
#include "experiments/probes/http_response.h"
#include "reports/mem.h"

struct sample {
	const char *method;
	const char *text;
	enum http_progress progress; /* after the connection has ended, too */
	int status;
	bool persistent;
	const char *body;
	size_t rest; /* bytes behind the answer */
};

#define OK	"HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

static const struct sample samples[] = {
	/* lengths */
	{"GET", OK "Content-Length: 5\r\n\r\nhello", HTTP_COMPLETE, 200, true, "hello", 0},
	{"GET", OK "Content-Length: 0\r\n\r\n", HTTP_COMPLETE, 200, true, "", 0},
	{"GET", OK "content-LENGTH:5\t \r\n\r\nhello", HTTP_COMPLETE, 200, true, "hello", 0},
	{"GET", OK "Content-Length: 0005\r\n\r\nhello", HTTP_COMPLETE, 200, true, "hello", 0},
	{"GET", OK "Content-Length: 5\r\n\r\nhello again", HTTP_COMPLETE, 200, true, "hello", 6},
	{"GET", "HTTP/1.1 200\nContent-Length: 2\n\nhi", HTTP_COMPLETE, 200, true, "hi", 0},
	{"GET", "HTTP/1.1 404 \r\nContent-Length: 2\r\n\r\nno", HTTP_COMPLETE, 404, true, "no", 0},
	{"GET", OK "Content-Length: 5\r\n\r\nhell", HTTP_CUT_OFF, 200, true, "hell", 0},
	{"GET", OK "Content-Length: 5\r\n", HTTP_CUT_OFF, 200, false, "", 0},
	{"GET", OK "Content-Length: 5", HTTP_CUT_OFF, 200, false, "", 0},
	{"GET", "HTTP/1.1 2", HTTP_CUT_OFF, 0, false, "", 0},
	{"GET", "H", HTTP_CUT_OFF, 0, false, "", 0},
	{"GET", "", HTTP_CUT_OFF, 0, false, "", 0},
	/* until the end */
	{"GET", OK "\r\nall of it", HTTP_COMPLETE, 200, false, "all of it", 0},
	{"GET", OK "\r\n", HTTP_COMPLETE, 200, false, "", 0},
	{"GET", "HTTP/1.0 200 OK\r\nX: y\r\n\r\nold", HTTP_COMPLETE, 200, false, "old", 0},
	/* whether the connection stays */
	{"GET", OK "Connection: close\r\nContent-Length: 1\r\n\r\nx", HTTP_COMPLETE, 200, false,
		"x", 0},
	{"GET", OK "Connection: foo , Close\r\nContent-Length: 1\r\n\r\nx", HTTP_COMPLETE, 200,
		false, "x", 0},
	{"GET", OK "Connection: close\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
		HTTP_COMPLETE, 200, false, "", 0},
	{"GET", OK "Connection: closed\r\nContent-Length: 0\r\n\r\n", HTTP_COMPLETE, 200, true, "",
		0},
	{"GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", HTTP_COMPLETE, 200, false, "x", 0},
	{"GET", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
		HTTP_COMPLETE, 200, true, "x", 0},
	/* without a body */
	{"HEAD", OK "Content-Length: 5\r\n\r\n", HTTP_COMPLETE, 200, true, "", 0},
	{"HEAD", OK "Content-Length: 99999999\r\n\r\n", HTTP_COMPLETE, 200, true, "", 0},
	{"HEAD", CHUNKED, HTTP_COMPLETE, 200, true, "", 0},
	{"HEAD", OK "\r\n", HTTP_COMPLETE, 200, true, "", 0},
	{"GET", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", HTTP_COMPLETE, 204, true, "", 0},
	{"GET", "HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n", HTTP_COMPLETE, 304, true, "", 0},
	/* what comes before the answer */
	{"GET", "HTTP/1.1 100 Go on\r\n\r\n" OK "Content-Length: 1\r\n\r\nx", HTTP_COMPLETE, 200,
		true, "x", 0},
	{"GET",
		"HTTP/1.1 103 Hints\r\nContent-Length: 7\r\nConnection: close\r\n\r\n" OK
		"Content-Length: 1\r\n\r\nx",
		HTTP_COMPLETE, 200, true, "x", 0},
	{"GET", "HTTP/1.1 100 Go on\r\n\r\n", HTTP_CUT_OFF, 100, true, "", 0},
	{"GET", "HTTP/1.1 101 Other\r\n\r\n", HTTP_BROKEN, 101, false, "", 0},
	/* chunks */
	{"GET", CHUNKED "5\r\nhello\r\n0\r\n\r\n", HTTP_COMPLETE, 200, true, "hello", 0},
	{"GET", CHUNKED "0\r\n\r\n", HTTP_COMPLETE, 200, true, "", 0},
	{"GET", CHUNKED "2\r\nhe\r\n0003\r\nllo\r\n0\r\n\r\nHTTP", HTTP_COMPLETE, 200, true,
		"hello", 4},
	{"GET", CHUNKED "5;a=b;c=\"d\"\r\nhello\r\n0;e\r\nX: y\r\nContent-Length: 7\r\n\r\n",
		HTTP_COMPLETE, 200, true, "hello", 0},
	{"GET", CHUNKED "a \r\n0123456789\r\n00\r\n\r\n", HTTP_COMPLETE, 200, true, "0123456789",
		0},
	{"GET", CHUNKED "A\n0123456789\n0\n\n", HTTP_COMPLETE, 200, true, "0123456789", 0},
	{"GET", OK "Transfer-encoding:\tCHUNKED\r\n\r\n1\r\nx\r\n0\r\n\r\n", HTTP_COMPLETE, 200,
		true, "x", 0},
	{"GET", CHUNKED "5\r\nhello\r\n", HTTP_CUT_OFF, 200, true, "hello", 0},
	{"GET", CHUNKED "5\r\nhello\r\n0\r\n", HTTP_CUT_OFF, 200, true, "hello", 0},
	{"GET", CHUNKED "5\r\nhel", HTTP_CUT_OFF, 200, true, "hel", 0},
	{"GET", CHUNKED "5\r\nhello!\r\n0\r\n\r\n", HTTP_BROKEN, 200, true, "hello", 0},
	{"GET", CHUNKED "\r\n", HTTP_BROKEN, 200, true, "", 0},
	{"GET", CHUNKED "-1\r\n", HTTP_BROKEN, 200, true, "", 0},
	{"GET", CHUNKED "+1\r\n", HTTP_BROKEN, 200, true, "", 0},
	{"GET", CHUNKED "0x5\r\nhello\r\n", HTTP_BROKEN, 200, true, "", 0},
	{"GET", CHUNKED "5 hello\r\n", HTTP_CUT_OFF, 200, true, "", 0},
	{"GET", CHUNKED "g\r\n", HTTP_BROKEN, 200, true, "", 0},
	{"GET", CHUNKED "10000000000000005\r\nhello", HTTP_BROKEN, 200, true, "", 0},
	{"GET", CHUNKED "ffffffffffffffff\r\nhello", HTTP_BODY_TOO_LARGE, 200, true, "", 0},
	{"GET", CHUNKED "2\r\nhe\r\nfffff\r\nhello", HTTP_BODY_TOO_LARGE, 200, true, "he", 0},
	/* not HTTP */
	{"GET", "SSH-2.0-OpenSSH_9.2\r\n", HTTP_BROKEN, 0, false, "", 0},
	{"GET", "\x16\x03\x01 no newline", HTTP_BROKEN, 0, false, "", 0},
	{"GET", "HTTP/2 200\r\n\r\n", HTTP_BROKEN, 0, false, "", 0},
	{"GET", "http/1.1 200 OK\r\n\r\n", HTTP_BROKEN, 0, false, "", 0},
	{"GET", "HTTP/1.x 200 OK\r\n\r\n", HTTP_BROKEN, 0, false, "", 0},
	{"GET", "HTTP/1.1  200 OK\r\n\r\n", HTTP_BROKEN, 0, false, "", 0},
	{"GET", "HTTP/1.1 20 OK\r\n\r\n", HTTP_BROKEN, 0, false, "", 0},
	{"GET", "HTTP/1.1 2000 OK\r\n\r\n", HTTP_BROKEN, 0, false, "", 0},
	{"GET", "HTTP/1.1 099 OK\r\n\r\n", HTTP_BROKEN, 99, false, "", 0},
	{"GET", "HTTP/1.1 200OK\r\n\r\n", HTTP_BROKEN, 0, false, "", 0},
	{"GET", "\r\n" OK, HTTP_BROKEN, 0, false, "", 0},
	{"GET", OK "no colon\r\n\r\n", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK ": no name\r\n\r\n", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "X : y\r\n\r\n", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK " folded: at first\r\n\r\n", HTTP_BROKEN, 200, false, "", 0},
	/* a header that goes on, as it may */
	{"GET", OK "X: y\r\n\tz\r\n Content-Length: 9\r\nContent-Length: 1\r\n\r\nx", HTTP_COMPLETE,
		200, true, "x", 0},
	/* what proxies and servers may see in two ways */
	{"GET", OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy", HTTP_BROKEN, 200, false, "",
		0},
	{"GET", OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", HTTP_BROKEN, 200, false, "",
		0},
	{"GET", OK "Content-Length: 1, 1\r\n\r\nx", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Content-Length: -1\r\n\r\nx", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Content-Length: +1\r\n\r\nx", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Content-Length: 1x\r\n\r\nx", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Content-Length: 0x1\r\n\r\nx", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Content-Length:\r\n\r\nx", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Content-Length: 1\r\n 2\r\n\r\nx", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Content-Length : 1\r\n\r\nx", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Content-Length: 18446744073709551617\r\n\r\nx", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Content-Length: 9223372036854775808\r\n\r\nx", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Content-Length: 922337203685477580\r\n\r\nx", HTTP_BODY_TOO_LARGE, 200, true,
		"", 0},
	{"GET", OK "Content-Length: 1048577\r\n\r\nx", HTTP_BODY_TOO_LARGE, 200, true, "", 0},
	{"GET", OK "Content-Length: 1048576\r\n\r\nx", HTTP_CUT_OFF, 200, true, "x", 0},
	{"GET", OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HTTP_BROKEN,
		200, false, "", 0},
	{"GET", OK "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", HTTP_BROKEN,
		200, false, "", 0},
	{"GET", OK "Transfer-Encoding: gzip, chunked\r\n\r\n", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Transfer-Encoding: identity\r\n\r\n", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Transfer-Encoding: chunked\r\n , gzip\r\n\r\n", HTTP_BROKEN, 200, false, "", 0},
	{"GET", OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_BROKEN,
		200, false, "", 0},
	{"GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HTTP_BROKEN, 200,
		false, "", 0},
};

static void body_add(void *data, const char *bytes, size_t length)
{
	ck_assert(http_body_add(data, bytes, length));
}

/* In pieces that end at these places; returns how much was left. */
static size_t play(struct http_response *response, const char *text, size_t length,
	const size_t *ends, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i <= count; i++) {
		const size_t end = i < count ? ends[i] : length;
		size_t used = 0;

		if (response->progress != HTTP_UNFINISHED)
			break;
		(void)http_response_feed(response, text + at, end - at, &used);
		ck_assert_uint_le(used, end - at);
		if (response->progress == HTTP_UNFINISHED)
			ck_assert_uint_eq(used, end - at);
		at += used;
	}
	(void)http_response_end(response);
	return length - at;
}

static void expect(const struct sample *sample, const size_t *ends, size_t count)
{
	struct http_response response;
	struct http_body body = {.keep = true};
	size_t rest;

	http_response_begin(&response, strcmp(sample->method, "HEAD") == 0, body_add, &body);
	rest = play(&response, sample->text, strlen(sample->text), ends, count);
	ck_assert_msg(response.progress == sample->progress, "%s: %d", sample->text,
		(int)response.progress);
	ck_assert_msg(response.status == sample->status, "%s: %d", sample->text, response.status);
	ck_assert_msg(response.persistent == sample->persistent, "%s", sample->text);
	ck_assert_str_eq(body.length > 0 ? body.data : "", sample->body);
	ck_assert_uint_eq(response.body_length, body.length);
	if (sample->progress == HTTP_COMPLETE)
		ck_assert_msg(rest == sample->rest, "%s: %zu", sample->text, rest);
	http_body_release(&body);
}

START_TEST(answer)
{
	const struct sample *sample = &samples[_i];
	const size_t length = strlen(sample->text);

	expect(sample, NULL, 0);
	for (size_t first = 0; first <= length; first++)
		expect(sample, &first, 1);
	for (size_t first = 0; first <= length; first++)
		for (size_t second = first; second <= length; second += 3)
			expect(sample, (const size_t[]){first, second}, 2);
}
END_TEST

START_TEST(byte_by_byte)
{
	size_t ends[512];

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		ends[i] = i;
	expect(&samples[_i], ends, strlen(samples[_i].text));
}
END_TEST

START_TEST(nul_in_a_header)
{
	static const char text[] = OK "X: a\0b\r\nContent-Length: 0\r\n\r\n";
	struct http_response response;

	for (size_t first = 0; first < sizeof(text); first++) {
		http_response_begin(&response, false, NULL, NULL);
		(void)play(&response, text, sizeof(text) - 1, &first, 1);
		ck_assert_int_eq(response.progress, HTTP_BROKEN);
	}
}
END_TEST

/* head, then unit as often as it fits in size bytes, then tail. */
static char *repeated(
	const char *head, const char *unit, size_t size, const char *tail, size_t *ret_length)
{
	const size_t count = size / strlen(unit);
	char *text = xcalloc(1, strlen(head) + size + strlen(tail) + 1);
	char *at = stpcpy(text, head);

	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, unit);
	at = stpcpy(at, tail);
	*ret_length = (size_t)(at - text);
	return text;
}

struct large {
	const char *head;
	const char *unit;
	size_t size;
	const char *tail;
	enum http_progress progress;
};

#define KIB(number) ((size_t)(number)*1024)

static const struct large larges[] = {
	/* headers: one, many, those before the answer, and after */
	{OK "X: ", "x", KIB(90), "\r\nContent-Length: 0\r\n\r\n", HTTP_COMPLETE},
	{OK "X: ", "x", KIB(101), "\r\nContent-Length: 0\r\n\r\n", HTTP_HEADERS_TOO_LARGE},
	{OK, "X: y\r\n", KIB(90), "Content-Length: 0\r\n\r\n", HTTP_COMPLETE},
	{OK, "X: y\r\n", KIB(101), "Content-Length: 0\r\n\r\n", HTTP_HEADERS_TOO_LARGE},
	{"HTTP/1.1 200 ", "x", KIB(101), "", HTTP_HEADERS_TOO_LARGE},
	{"", "HTTP/1.1 100 X\r\n\r\n", KIB(50), OK "Content-Length: 0\r\n\r\n", HTTP_COMPLETE},
	{"", "HTTP/1.1 100 X\r\n\r\n", KIB(101), OK "\r\n", HTTP_HEADERS_TOO_LARGE},
	{CHUNKED "0\r\n", "X: y\r\n", KIB(101), "\r\n", HTTP_HEADERS_TOO_LARGE},
	{CHUNKED "1;", "x", KIB(101), "\r\n", HTTP_HEADERS_TOO_LARGE},
	{CHUNKED, "1;0123456789abcdef0123456789abcdef\r\nx\r\n", KIB(300), "0\r\n\r\n",
		HTTP_HEADERS_TOO_LARGE},
	{OK "Connection: ", "x, ", KIB(1), "keep-alive\r\nContent-Length: 0\r\n\r\n",
		HTTP_COMPLETE},
	{OK "Content-Length: ", "0", KIB(1), "\r\n\r\n", HTTP_BROKEN},
	{OK "Transfer-Encoding: chunked", " ", KIB(1), "\r\n\r\n0\r\n\r\n", HTTP_BROKEN},
	/* bodies */
	{OK "\r\n", "x", KIB(1024), "", HTTP_COMPLETE},
	{OK "\r\n", "x", KIB(1024), "x", HTTP_BODY_TOO_LARGE},
	{OK "Content-Length: 1048576\r\n\r\n", "x", KIB(1024), "", HTTP_COMPLETE},
	{CHUNKED, "1\r\nx\r\n", 6 * KIB(1024), "0\r\n\r\n", HTTP_COMPLETE},
	{CHUNKED, "1\r\nx\r\n", 6 * KIB(1024), "1\r\nx\r\n", HTTP_BODY_TOO_LARGE},
	{CHUNKED "100000\r\n", "x", KIB(1024), "\r\n0\r\n\r\n", HTTP_COMPLETE},
};

START_TEST(limits)
{
	const struct large *large = &larges[_i];
	size_t length;
	char *text = repeated(large->head, large->unit, large->size, large->tail, &length);
	const size_t steps[] = {1, 7, 1000, 16 * 1024, length};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct http_response response;

		http_response_begin(&response, false, NULL, NULL);
		for (size_t at = 0; at < length && response.progress == HTTP_UNFINISHED;) {
			const size_t left = length - at;
			size_t used;

			(void)http_response_feed(
				&response, text + at, left < steps[i] ? left : steps[i], &used);
			at += used;
		}
		ck_assert_int_eq(http_response_end(&response), large->progress);
	}
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_response");
	TCase *cases = tcase_create("http_response");
	SRunner *runner;
	int failed;

	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, answer, 0, (int)ARRAY_SIZE(samples));
	tcase_add_loop_test(cases, byte_by_byte, 0, (int)ARRAY_SIZE(samples));
	tcase_add_test(cases, nul_in_a_header);
	tcase_add_loop_test(cases, limits, 0, (int)ARRAY_SIZE(larges));
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
