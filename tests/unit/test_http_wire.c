/* SPDX-License-Identifier: Apache-2.0 */
/* perturb's own HTTP client against libcurl: the same requests, and what only it has to get right.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/experiment.h"
#include "experiments/probes/http_probe.h"
#include "experiments/probes/http_request_text.h"
#include "experiments/probes/prober.h"
#include "reports/mem.h"
#include "tests/unit/http_script.h"

#define MS INT64_C(1000000)

static struct loop *loop;
static struct probe_services services;
static struct http_probe http;
static struct probe probe;
static struct prober *prober;
static struct probe_answer answers[64];
static size_t answer_count;

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop, NULL), 0);
	ck_assert_int_eq(probe_services_begin(&services, loop, NULL), 0);
	http = (struct http_probe){.common = {5000 * MS}, .method = "GET"};
	probe = (struct probe){.name = "probe",
		.kind = probe_kind_find("http"),
		.settings = &http.common,
		.concurrency = ARRAY_SIZE(answers)};
	prober = NULL;
	answer_count = 0;
}

static void teardown(void)
{
	prober_free(prober);
	probe_services_end(&services);
	loop_free(loop);
}

static void on_done(void *data, const struct probe_answer *answer)
{
	(void)data;
	ck_assert_uint_lt(answer_count, ARRAY_SIZE(answers));
	answers[answer_count++] = *answer;
}

static void begin(void)
{
	struct err err = {0};

	ck_assert_msg(prober_new(&services, &probe, on_done, NULL, &prober, &err) == 0, "%s",
		err.message);
}

static void nothing(void *data, int64_t now)
{
	(void)data;
	(void)now;
}

/* Whatever happens within a few milliseconds. */
static void step(void)
{
	struct loop_timer timer = {.function = nothing};

	loop_arm(loop, &timer, clock_now() + 2 * MS);
	ck_assert_int_eq(loop_step(loop, NULL), 0);
	loop_disarm(loop, &timer);
}

/* One request after the other. */
static const struct probe_answer *ask(void)
{
	const size_t before = answer_count;

	ck_assert_int_eq(prober_send(prober, clock_now(), 0), 0);
	while (answer_count == before)
		step();
	return &answers[before];
}

/* --- which way ---------------------------------------------------------------------------------
 */

struct choice {
	struct http_probe http;
	bool wire;
};

static struct header given[] = {{"X-Test", "yes"}, {"X-Empty", ""}, {"user-agent", "me"},
	{"HOST", "else.where"}, {"Accept", "text/plain"}, {"Content-Type", "text/plain"}};
static struct header expecting[] = {{"Expect", "100-continue"}};
static struct header framing[] = {{"content-length", "3"}};
static struct header hostless[] = {{"Host", ""}};

static const struct choice choices[] = {
	{{.url = "http://127.0.0.1/", .method = "GET"}, true},
	{{.url = "HTTP://[::1]:8080/a/b?c=d&e", .method = "POST", .body = "x"}, true},
	{{.url = "http://db.internal", .method = "HEAD"}, true},
	{{.url = "http://h/", .method = "GET", .headers = given, .header_count = 6}, true},
	{{.url = "http://h/", .method = "GET", .follow_redirects = true}, false},
	{{.url = "https://127.0.0.1/", .method = "GET"}, false},
	{{.url = "http://user@127.0.0.1/", .method = "GET"}, false},
	{{.url = "http://user:password@127.0.0.1/", .method = "GET"}, false},
	{{.url = "http://127.0.0.1/#part", .method = "GET"}, false},
	{{.url = "http://[fe80::1%25eth0]/", .method = "GET"}, false},
	{{.url = "http://b\xc3\xbc"
		 "cher.example/",
		 .method = "GET"},
		false},
	{{.url = "http://h/\xc3\xbc", .method = "GET"}, false},
	{{.url = "http://h./", .method = "GET"}, false},
	{{.url = "http://h/", .method = "CONNECT"}, false},
	{{.url = "http://h/", .method = "GET", .ca_file = "/ca.pem"}, false},
	{{.url = "http://h/", .method = "GET", .headers = expecting, .header_count = 1}, false},
	{{.url = "http://h/", .method = "GET", .headers = framing, .header_count = 1}, false},
	{{.url = "http://h/", .method = "GET", .headers = hostless, .header_count = 1}, false},
	{{.url = "nonsense", .method = "GET"}, false},
};

START_TEST(ordinary_requests_only)
{
	ck_assert_msg(
		http_by_wire(&choices[_i].http) == choices[_i].wire, "%s", choices[_i].http.url);
}
END_TEST

/* --- what is sent ------------------------------------------------------------------------------
 */

static int listener;

/* Returns its URL, which the caller frees. */
static char *listen_begin(const char *path)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(listen(listener, 64), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	return xasprintf("http://127.0.0.1:%d%s", ntohs(address.sin_port), path);
}

static int accept_one(void)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0)
		step();
	return fd;
}

/* Until it ends with what a request of this test ends with. */
static void receive(int fd, const char *end, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	while (strstr(text, end) == NULL) {
		const ssize_t got = recv(fd, text + length, size - 1 - length, 0);

		if (got > 0)
			length += (size_t)got;
		text[length] = '\0';
		ck_assert_uint_lt(length, size - 1);
		step();
	}
}

static void capture(bool by_libcurl, char *text, size_t size)
{
	int fd;

	http.follow_redirects = by_libcurl;
	ck_assert_int_eq(http_by_wire(&http), !by_libcurl);
	begin();
	ck_assert_int_eq(prober_send(prober, clock_now(), 0), 0);
	fd = accept_one();
	receive(fd, http.body != NULL ? http.body : "\r\n\r\n", text, size);
	prober_free(prober);
	prober = NULL;
	close(fd);
}

struct request {
	struct http_probe http;
	const char *path;
};

static const struct request requests[] = {
	{{.method = "GET"}, ""},
	{{.method = "GET"}, "/"},
	{{.method = "HEAD"}, "/a/b.html"},
	{{.method = "GET"}, "/a/../b?c=d&e=%20f"},
	{{.method = "GET"}, "/?"},
	{{.method = "GET"}, "?query"},
	{{.method = "DELETE"}, "/x;y=z"},
	{{.method = "POST"}, "/without-a-body"},
	{{.method = "POST", .body = "{\"all\": 1}"}, "/"},
	{{.method = "GET", .body = "all"}, "/"},
	{{.method = "PUT", .body = "all", .headers = given, .header_count = 6}, "/"},
	{{.method = "GET", .headers = given, .header_count = 3}, "/"},
};

static int line_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The order of headers means nothing. */
static void sorted(char *text, char *ret_text)
{
	char *lines[32] = {NULL};
	size_t count = 0;

	for (char *line = strtok(text, "\r\n"); line != NULL; line = strtok(NULL, "\r\n"))
		lines[count++] = line;
	qsort(lines, count, sizeof(*lines), line_compare);
	for (size_t i = 0; i < count; i++)
		ret_text += sprintf(ret_text, "%s\n", lines[i]);
}

START_TEST(requests_are_those_of_libcurl)
{
	const struct request *request = &requests[_i];
	cleanup_free char *url = listen_begin(request->path);
	char wire[2][4096], libcurl[2][4096];

	http = request->http;
	http.common.timeout_ns = 5000 * MS;
	http.url = url;
	capture(false, wire[0], sizeof(wire[0]));
	capture(true, libcurl[0], sizeof(libcurl[0]));
	sorted(wire[0], wire[1]);
	sorted(libcurl[0], libcurl[1]);
	ck_assert_str_eq(wire[1], libcurl[1]);
	close(listener);
}
END_TEST

/* More than a socket holds goes out as the server takes it. */
START_TEST(long_body)
{
	const size_t size = (size_t)8 * 1024 * 1024;
	cleanup_free char *body = xcalloc(1, size + 1);
	cleanup_free char *url = listen_begin("/");
	char buffer[65536];
	size_t got = 0;
	int fd;

	memset(body, 'x', size);
	http.url = url;
	http.method = "POST";
	http.body = body;
	begin();
	ck_assert_int_eq(prober_send(prober, clock_now(), 0), 0);
	fd = accept_one();
	while (got < size) {
		const ssize_t length = recv(fd, buffer, sizeof(buffer), 0);

		if (length > 0)
			got += (size_t)length;
		else
			step();
	}
	ck_assert_uint_lt(got, size + 512);
	ck_assert(script_answer(fd, 200, "", ""));
	while (answer_count == 0)
		step();
	ck_assert_int_eq(answers[0].outcome, OUTCOME_OK);
	close(fd);
	close(listener);
}
END_TEST

/* --- connections -------------------------------------------------------------------------------
 */

START_TEST(parts_of_an_answer)
{
	struct http_script *script = script_start();
	cleanup_free char *url = xasprintf("http://127.0.0.1:%d/delay/20", script->port);
	const struct probe_answer *answer;

	http.url = url;
	begin();
	answer = ask();
	ck_assert_int_eq(answer->outcome, OUTCOME_OK);
	ck_assert_int_ge(answer->connect_ns, 0);
	ck_assert_int_ge(answer->first_byte_ns, 20 * MS);
	ck_assert_int_ge(answer->first_byte_ns, answer->connect_ns);
	ck_assert_int_ge(answer->ended_ns - answer->sent_ns, answer->first_byte_ns);
	answer = ask();
	ck_assert_int_eq(answer->connect_ns, -1);
	ck_assert_int_ge(answer->first_byte_ns, 20 * MS);
	ck_assert_int_eq(script->connections, 1);
	script_end(script);
}
END_TEST

/* "localhost" is ::1 first, where nobody listens. */
START_TEST(next_address_when_one_refuses)
{
	struct http_script *script = script_start();
	cleanup_free char *url = xasprintf("http://localhost:%d/ok", script->port);

	http.url = url;
	ck_assert(http_by_wire(&http));
	begin();
	ck_assert_int_eq(ask()->outcome, OUTCOME_OK);
	script_end(script);
}
END_TEST

/* The server closes a kept connection just when the next request comes: once more, and only once,
 * and not when an answer has begun. */
START_TEST(stale_connection)
{
	cleanup_free char *url = listen_begin("/");
	char text[4096];
	int fd;

	http.url = url;
	begin();
	ck_assert_int_eq(prober_send(prober, clock_now(), 0), 0);
	fd = accept_one();
	receive(fd, "\r\n\r\n", text, sizeof(text));
	ck_assert(script_answer(fd, 200, "", ""));
	while (answer_count < 1)
		step();
	ck_assert_int_eq(answers[0].outcome, OUTCOME_OK);

	ck_assert_int_eq(prober_send(prober, clock_now(), 0), 0);
	receive(fd, "\r\n\r\n", text, sizeof(text));
	close(fd);
	fd = accept_one();
	receive(fd, "\r\n\r\n", text, sizeof(text));
	ck_assert(script_answer(fd, 200, "", ""));
	while (answer_count < 2)
		step();
	ck_assert_int_eq(answers[1].outcome, OUTCOME_OK);
	ck_assert_int_ge(answers[1].connect_ns, 0);

	ck_assert_int_eq(prober_send(prober, clock_now(), 0), 0);
	receive(fd, "\r\n\r\n", text, sizeof(text));
	close(fd);
	fd = accept_one();
	receive(fd, "\r\n\r\n", text, sizeof(text));
	close(fd);
	while (answer_count < 3)
		step();
	ck_assert_int_eq(answers[2].outcome, OUTCOME_RESET);
	close(listener);
}
END_TEST

/* A connection that says something while nobody asks is not used again. */
START_TEST(idle_connection_that_speaks)
{
	cleanup_free char *url = listen_begin("/");
	char text[4096];
	int first, second;

	http.url = url;
	begin();
	ck_assert_int_eq(prober_send(prober, clock_now(), 0), 0);
	first = accept_one();
	receive(first, "\r\n\r\n", text, sizeof(text));
	ck_assert(script_answer(first, 200, "", ""));
	while (answer_count < 1)
		step();
	ck_assert(script_answer(first, 500, "", "for nobody"));
	step();
	ck_assert_int_eq(prober_send(prober, clock_now(), 0), 0);
	second = accept_one();
	receive(second, "\r\n\r\n", text, sizeof(text));
	ck_assert(script_answer(second, 200, "", ""));
	while (answer_count < 2)
		step();
	ck_assert_int_eq(answers[1].outcome, OUTCOME_OK);
	close(first);
	close(second);
	close(listener);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_wire");
	TCase *tests = tcase_create("http_wire");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_loop_test(tests, ordinary_requests_only, 0, (int)ARRAY_SIZE(choices));
	tcase_add_loop_test(tests, requests_are_those_of_libcurl, 0, (int)ARRAY_SIZE(requests));
	tcase_add_test(tests, long_body);
	tcase_add_test(tests, parts_of_an_answer);
	tcase_add_test(tests, next_address_when_one_refuses);
	tcase_add_test(tests, stale_connection);
	tcase_add_test(tests, idle_connection_that_speaks);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
