/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/measurement.h"
#include "experiments/probes/http_probe.h"
#include "tests/unit/http_script.h"

#define MS INT64_C(1000000)

static struct http_script *script;
static struct loop *loop;
static struct experiment experiment;
static struct measurement *measurement;
static struct report report;
static int64_t start_ns;

static void setup(void)
{
	script = script_start();
	ck_assert_int_eq(loop_new(&loop, NULL), 0);
	experiment = (struct experiment){.file = "test", .title = "test"};
	report = (struct report){0};
	measurement = NULL;
}

static void teardown(void)
{
	measurement_free(measurement);
	loop_free(loop);
	report_release(&report);
	arena_release(&experiment.arena);
	script_end(script);
}

static struct tolerance strict[] = {
	{.metric = METRIC_SUCCESS, .comparison = COMPARE_AT_LEAST, .limit = 99, .text = ">= 99%"},
	{.metric = METRIC_P95, .comparison = COMPARE_AT_MOST, .limit = 60, .text = "<= 60ms"},
};
static struct tolerance lenient[] = {
	{.metric = METRIC_SUCCESS, .comparison = COMPARE_AT_LEAST, .limit = 0, .text = ">= 0%"},
};

static char *url_of(const char *path)
{
	return arena_printf(&experiment.arena, "http://127.0.0.1:%d%s", script->port, path);
}

/* The probe may be changed until begin(). */
static struct probe *probe_add(const char *path, double rate, int64_t timeout_ns)
{
	struct http_probe *http;
	struct probe *probe;

	experiment.probes = arena_grow(&experiment.arena, experiment.probes, experiment.probe_count,
		sizeof(*experiment.probes));
	probe = &experiment.probes[experiment.probe_count++];
	probe->name = path;
	probe->kind = probe_kind_find("http");
	http = arena_alloc(&experiment.arena, sizeof(*http));
	probe->settings = &http->common;
	probe->rate = rate;
	probe->concurrency = 1000;
	probe->tolerate = strict;
	probe->tolerate_count = ARRAY_SIZE(strict);
	http->url = url_of(path);
	http->method = "GET";
	http->common.timeout_ns = timeout_ns;
	return probe;
}

/* The settings, to be changed until begin(). */
static struct http_probe *http_of(struct probe *probe)
{
	return (struct http_probe *)(uintptr_t)probe->settings;
}

static struct guard guard_add(enum metric metric, enum comparison comparison, double limit)
{
	experiment.guards = arena_alloc(&experiment.arena, sizeof(*experiment.guards));
	experiment.guard_count = 1;
	experiment.guards[0] = (struct guard){
		.condition = {.metric = metric,
			.comparison = comparison,
			.limit = limit,
			.text = ""},
		.over_ns = 500 * MS,
	};
	return experiment.guards[0];
}

static void begin(void)
{
	struct err err = {0};

	ck_assert_msg(
		measurement_new(loop, &experiment, &measurement, &err) == 0, "%s", err.message);
	start_ns = clock_now();
	measurement_enter(measurement, PHASE_BASELINE, start_ns);
	measurement_start(measurement, start_ns);
}

static void alarm_rang(void *data, int64_t now)
{
	(void)now;
	*(bool *)data = true;
}

static void run_until_ms(int64_t ms)
{
	bool over = false;
	struct loop_timer timer = {.function = alarm_rang, .data = &over};

	loop_arm(loop, &timer, start_ns + ms * MS);
	while (!over)
		ck_assert_int_eq(loop_step(loop, NULL), 0);
}

static void finish(int64_t faults_end_ns)
{
	measurement_stop(measurement);
	while (!measurement_idle(measurement))
		ck_assert_int_eq(loop_step(loop, NULL), 0);
	measurement_report(measurement, faults_end_ns, &report);
}

static const struct report_probe_phase *phase_of(size_t probe, enum phase phase)
{
	ck_assert_uint_gt(report.probe_count, probe);
	return &report.probes[probe].phases[phase];
}

static uint64_t errors_of(const struct report_probe_phase *phase, const char *kind)
{
	for (size_t i = 0; i < phase->error_count; i++)
		if (strcmp(phase->errors[i].kind, kind) == 0)
			return phase->errors[i].count;
	return 0;
}

/* Fires at 100/s for 100 ms; all ten (and what falls due if the machine lags) must end in the same
 * way. */
static void expect_outcome(const char *kind)
{
	const struct report_probe_phase *phase;

	begin();
	run_until_ms(95);
	finish(0);
	phase = phase_of(0, PHASE_BASELINE);
	ck_assert_uint_ge(phase->count, 10);
	ck_assert_uint_le(phase->count, 50);
	if (strcmp(kind, "ok") == 0) {
		ck_assert_msg(phase->error_count == 0, "%s", phase->errors[0].kind);
		ck_assert_uint_eq(phase->ok, phase->count);
		ck_assert_double_eq(phase->success_pct, 100);
	} else {
		ck_assert_uint_eq(phase->ok, 0);
		ck_assert_double_eq(phase->success_pct, 0);
		ck_assert_uint_eq(phase->error_count, 1);
		ck_assert_str_eq(phase->errors[0].kind, kind);
		ck_assert_uint_eq(phase->errors[0].count, phase->count);
	}
}

struct ending {
	const char *path;
	const char *kind;
	struct http_probe http; /* what is set here goes into the probe */
};

static int status_200_or_404[] = {200, 404};
static struct header headers[] = {{"X-Test", "yes"}, {"X-Empty", ""}};

#define JSON(...) .json_checks = (struct json_check[]){{__VA_ARGS__}}, .json_check_count = 1

static const struct ending endings[] = {
	{"/ok", "ok", {.url = NULL}},
	{"/status/204", "ok", {.url = NULL}},
	{"/status/500", "status", {.url = NULL}},
	{"/status/404", "status", {.url = NULL}},
	{"/status/404", "ok", {.statuses = status_200_or_404, .status_count = 2}},
	{"/status/204", "status", {.statuses = status_200_or_404, .status_count = 2}},
	{"/ok", "ok", {.body_contains = "ell"}},
	{"/ok", "body", {.body_contains = "ELL"}},
	{"/ok", "ok", {.body_matches = "^h(e|a)l+o$"}},
	{"/ok", "body", {.body_matches = "^ello"}},
	{"/status/500", "status", {.body_contains = "missing"}},
	{"/json", "ok", {JSON(.path = "$.orders[0].id", .equals = "7")}},
	{"/json", "ok", {JSON(.path = "$.orders[0].id")}},
	{"/json", "ok", {JSON(.path = "$.state", .equals = "up")}},
	{"/json", "body", {JSON(.path = "$.state", .equals = "down")}},
	{"/json", "body", {JSON(.path = "$.orders[1]")}},
	{"/ok", "body", {JSON(.path = "$.state")}},
	{"/echo", "ok", {.headers = headers, .header_count = 2, .body_contains = "X-Test: yes"}},
	{"/echo", "ok", {.headers = headers, .header_count = 2, .body_matches = "X-Empty:"}},
	{"/echo", "ok", {.method = "POST", .body = "{}", .body_matches = "^POST /echo.*\\{\\}$"}},
	{"/echo", "ok", {.method = "DELETE", .body_matches = "^DELETE /echo"}},
	{"/echo", "body", {.method = "PUT", .body = "x", .body_contains = "Content-Type"}},
	{"/never", "timeout", {.url = NULL}},
	{"/delay/1000", "timeout", {.url = NULL}},
	{"/garbage", "protocol", {.url = NULL}},
	{"/reset", "reset", {.url = NULL}},
	{"/half", "reset", {.url = NULL}},
	{"/endless", "too-large", {.url = NULL}},
	{"/endless", "too-large", {.body_contains = "y"}},
	{"/moved", "status", {.url = NULL}},
	{"/moved", "ok", {.follow_redirects = true, .body_contains = "hello"}},
	{"/loop", "redirect", {.follow_redirects = true}},
};

START_TEST(requests_end_as_they_should)
{
	const struct ending *row = &endings[_i];
	struct probe *probe = probe_add(row->path, 100, 300 * MS);
	const char *url = http_of(probe)->url;
	int64_t timeout_ns = http_of(probe)->common.timeout_ns;

	*http_of(probe) = row->http;
	http_of(probe)->url = url;
	http_of(probe)->common.timeout_ns = timeout_ns;
	if (http_of(probe)->method == NULL)
		http_of(probe)->method = "GET";
	expect_outcome(row->kind);
}
END_TEST

START_TEST(refused_connection)
{
	struct probe *probe = probe_add("/ok", 100, 300 * MS);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);

	/* Bound, but not listening: nobody else can take the port meanwhile. */
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	http_of(probe)->url =
		arena_printf(&experiment.arena, "http://127.0.0.1:%d/", ntohs(address.sin_port));
	expect_outcome("connect");
	close(listener);
}
END_TEST

START_TEST(unknown_host)
{
	struct probe *probe = probe_add("/ok", 100, 5000 * MS);

	http_of(probe)->url = "http://no-such-host.invalid/";
	expect_outcome("dns");
}
END_TEST

START_TEST(no_tls_there)
{
	struct probe *probe = probe_add("/ok", 100, 5000 * MS);

	http_of(probe)->url =
		arena_printf(&experiment.arena, "https://127.0.0.1:%d/", script->port);
	http_of(probe)->common.timeout_ns = 300 * MS;
	begin();
	run_until_ms(95);
	/* The server waits for the end of an HTTP request that never comes. */
	finish(0);
	ck_assert_uint_ge(errors_of(phase_of(0, PHASE_BASELINE), "timeout"), 10);
}
END_TEST

START_TEST(proxies_of_the_environment_are_ignored)
{
	(void)probe_add("/ok", 100, 300 * MS);
	ck_assert_int_eq(setenv("http_proxy", "http://127.0.0.1:1/", 1), 0);
	ck_assert_int_eq(setenv("ALL_PROXY", "http://127.0.0.1:1/", 1), 0);
	expect_outcome("ok");
}
END_TEST

START_TEST(getting_ready_is_no_latency)
{
	struct err err = {0};

	(void)probe_add("/ok", 100, 1000 * MS);
	ck_assert_msg(
		measurement_new(loop, &experiment, &measurement, &err) == 0, "%s", err.message);
	start_ns = clock_now() - 1500 * MS;
	measurement_start(measurement, start_ns);
	measurement_enter(measurement, PHASE_BASELINE, clock_now());
	run_until_ms(1695);
	finish(0);
	ck_assert_uint_le(phase_of(0, PHASE_BASELINE)->count, 25);
	ck_assert_double_lt(phase_of(0, PHASE_BASELINE)->latency_ms.max, 500);
	ck_assert_uint_eq(report.probes[0].series_count, 1);
	ck_assert_uint_eq(report.probes[0].series[0].second, 1);
}
END_TEST

START_TEST(connections_are_reused)
{
	(void)probe_add("/ok", 100, 1000 * MS);
	begin();
	run_until_ms(1000);
	finish(0);
	ck_assert_uint_eq((uint64_t)script->requests, phase_of(0, PHASE_BASELINE)->count);
	ck_assert_int_ge(script->requests, 100);
	ck_assert_int_lt(script->connections, 20); /* more than one only when the machine lags */
}
END_TEST

struct refusal {
	struct http_probe http;
	const char *message;
};

static const struct refusal refusals[] = {
	{{.url = "ftp://127.0.0.1/"}, "expected http:// or https://"},
	{{.url = "file:///etc/passwd"}, "expected http:// or https://"},
	{{.url = "http://"}, "not a URL"},
	{{.url = "http://127.0.0.1:99999999/"}, "not a URL"},
	{{.url = "http://127.0.0.1/", .body_matches = "("}, "regular expression"},
	{{.url = "http://127.0.0.1/", JSON(.path = "x")}, "JSON path"},
	{{.url = "http://127.0.0.1/", .ca_file = "/nonexistent/ca.pem"}, "/nonexistent/ca.pem"},
	{{.url = "http://127.0.0.1/",
		 .headers = &(struct header){"A", "b\r\nC: d"},
		 .header_count = 1},
		"header \"A\""},
};

START_TEST(impossible_probes_are_refused)
{
	struct probe *probe = probe_add("the probe", 10, 1000 * MS);
	struct err err = {0};

	*http_of(probe) = refusals[_i].http;
	http_of(probe)->method = "GET";
	ck_assert_int_eq(measurement_new(loop, &experiment, &measurement, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(strstr(err.message, refusals[_i].message) != NULL, "%s", err.message);
	ck_assert_msg(strstr(err.message, "the probe") != NULL, "%s", err.message);
}
END_TEST

START_TEST(latency_is_what_the_server_takes)
{
	const struct report_probe_phase *phase;

	(void)probe_add("/delay/50", 40, 1000 * MS);
	begin();
	run_until_ms(990);
	finish(0);
	phase = phase_of(0, PHASE_BASELINE);
	ck_assert_uint_eq(phase->count, 40);
	ck_assert_uint_eq(phase->ok, 40);
	ck_assert_double_ge(phase->latency_ms.min, 50);
	ck_assert_double_lt(phase->latency_ms.p50, 60);
	ck_assert_double_le(phase->latency_ms.p50, phase->latency_ms.p90);
	ck_assert_double_le(phase->latency_ms.p90, phase->latency_ms.p95);
	ck_assert_double_le(phase->latency_ms.p95, phase->latency_ms.p99);
	ck_assert_double_le(phase->latency_ms.p999, phase->latency_ms.max);
	ck_assert(phase->latency_ms.mean >= phase->latency_ms.min &&
		  phase->latency_ms.mean <= phase->latency_ms.max);
	ck_assert(phase->tolerances[0].held && phase->tolerances[1].has_observed);
	ck_assert_str_eq(phase->tolerances[1].expected, "<= 60ms");
	ck_assert_double_eq(phase->tolerances[1].observed, phase->latency_ms.p95);
}
END_TEST

/* The heart of the matter: during a stall of 500 ms, 50 requests fall due, and each must show the
 * rest of the stall as its latency. A closed loop would see one slow request. */
START_TEST(stall_shows_in_full)
{
	const struct report_probe_phase *phase;

	(void)probe_add("/stall", 100, 2000 * MS);
	begin();
	script->trouble_from = start_ns + 200 * MS;
	script->trouble_until = start_ns + 700 * MS;
	run_until_ms(995);
	finish(0);
	phase = phase_of(0, PHASE_BASELINE);
	ck_assert_uint_eq(phase->count, 100);
	ck_assert_uint_eq(phase->ok, 100);
	ck_assert_double_ge(phase->latency_ms.max, 480);
	ck_assert_double_lt(phase->latency_ms.max, 600);
	/* Half of all requests fell into the stall; their latencies are spread evenly over it. */
	ck_assert_double_ge(phase->latency_ms.p90, 370);
	ck_assert_double_lt(phase->latency_ms.p50, 60);
	ck_assert_uint_eq(report.probes[0].series_count, 1);
	ck_assert_uint_eq(report.probes[0].series[0].count, 100);
	ck_assert_double_ge(report.probes[0].series[0].max_ms, 480);
	/* one for each request that was waiting */
	ck_assert_int_ge(script->connections, 45);
}
END_TEST

START_TEST(phases_take_what_was_due_in_them)
{
	const struct report_probe *probe;

	(void)probe_add("/delay/100", 100, 1000 * MS);
	begin();
	run_until_ms(295);
	measurement_enter(measurement, PHASE_FAULT, clock_now());
	ck_assert(!measurement_settled(measurement, PHASE_BASELINE));
	run_until_ms(595);
	ck_assert(measurement_settled(measurement, PHASE_BASELINE));
	measurement_enter(measurement, PHASE_RECOVERY, clock_now());
	run_until_ms(795);
	finish(start_ns + 600 * MS);
	probe = &report.probes[0];
	for (int i = 0; i < PHASE_COUNT; i++)
		ck_assert(probe->phases[i].present);
	/* One more where the machine lagged. What was in flight at a boundary is not lost. */
	ck_assert_uint_eq(probe->phases[PHASE_BASELINE].count / 2, 15);
	ck_assert_uint_ge(probe->phases[PHASE_FAULT].count, 29);
	ck_assert_uint_le(probe->phases[PHASE_FAULT].count, 31);
	ck_assert_uint_ge(probe->phases[PHASE_RECOVERY].count, 19);
	for (int i = 0; i < PHASE_COUNT; i++)
		ck_assert_uint_eq(probe->phases[i].ok, probe->phases[i].count);
}
END_TEST

START_TEST(during_replaces_tolerate_in_the_fault_phase)
{
	struct probe *probe = probe_add("/status/500", 100, 1000 * MS);
	struct err why = {0};

	probe->during = lenient;
	probe->during_count = ARRAY_SIZE(lenient);
	begin();
	run_until_ms(95);
	measurement_enter(measurement, PHASE_FAULT, clock_now());
	run_until_ms(195);
	finish(0);
	ck_assert(!measurement_held(measurement, PHASE_BASELINE, &why));
	/* 95 ms at 100/s are 10 requests, or one more when the machine is late. */
	ck_assert_msg(
		strcmp(why.message, "/status/500: success 0.0%, expected >= 99% (10 status)") ==
				0 ||
			strcmp(why.message,
				"/status/500: success 0.0%, expected >= 99% (11 status)") == 0,
		"%s", why.message);
	ck_assert(measurement_held(measurement, PHASE_FAULT, &why));
	ck_assert_uint_eq(phase_of(0, PHASE_FAULT)->tolerance_count, 1);
	ck_assert_uint_eq(phase_of(0, PHASE_BASELINE)->tolerance_count, 2);
	ck_assert(!phase_of(0, PHASE_RECOVERY)->present);
	ck_assert(!report.probes[0].has_recovery);
}
END_TEST

START_TEST(breach_of_latency_is_explained)
{
	struct err why = {0};

	(void)probe_add("/delay/80", 100, 1000 * MS);
	begin();
	run_until_ms(195);
	finish(0);
	ck_assert(!measurement_held(measurement, PHASE_BASELINE, &why));
	ck_assert_msg(strncmp(why.message, "/delay/80: p95 ", 15) == 0, "%s", why.message);
	ck_assert_msg(strstr(why.message, "ms, expected <= 60ms") != NULL, "%s", why.message);
	ck_assert_double_ge(strtod(why.message + 15, NULL), 80);
}
END_TEST

START_TEST(no_sample_does_not_hold)
{
	struct probe *probe = probe_add("/never", 100, 100 * MS);
	struct err why = {0};
	static struct tolerance latency_only[] = {
		{.metric = METRIC_P95,
			.comparison = COMPARE_AT_MOST,
			.limit = 60,
			.text = "<= 60ms"},
	};

	probe->tolerate = latency_only;
	probe->tolerate_count = 1;
	begin();
	ck_assert(!measurement_held(measurement, PHASE_BASELINE, &why));
	ck_assert_str_eq(why.message, "/never: no request has ended, expected p95 <= 60ms");
	run_until_ms(45);
	finish(0);
	ck_assert(!measurement_held(measurement, PHASE_BASELINE, &why));
	ck_assert_str_eq(
		why.message, "/never: no request was answered (5 timeout), expected p95 <= 60ms");
	ck_assert(!phase_of(0, PHASE_BASELINE)->tolerances[0].has_observed);
	ck_assert(!phase_of(0, PHASE_BASELINE)->tolerances[0].held);
	ck_assert_double_eq(phase_of(0, PHASE_BASELINE)->latency_ms.max, 0);
}
END_TEST

START_TEST(cancel_ends_what_is_in_flight)
{
	(void)probe_add("/never", 100, 60000 * MS);
	begin();
	run_until_ms(95);
	measurement_stop(measurement);
	ck_assert(!measurement_idle(measurement));
	measurement_cancel(measurement);
	ck_assert(measurement_idle(measurement));
	measurement_report(measurement, 0, &report);
	ck_assert_uint_ge(phase_of(0, PHASE_BASELINE)->count, 10);
	ck_assert_uint_eq(errors_of(phase_of(0, PHASE_BASELINE), "cancelled"),
		phase_of(0, PHASE_BASELINE)->count);
}
END_TEST

START_TEST(what_cannot_be_sent_is_counted)
{
	const struct report_probe_phase *phase;
	uint64_t unsent;

	(void)probe_add("/never", 4000, 60000 * MS);
	begin();
	run_until_ms(500);
	measurement_stop(measurement);
	measurement_cancel(measurement);
	measurement_report(measurement, 0, &report);
	phase = phase_of(0, PHASE_BASELINE);
	unsent = errors_of(phase, "not-sent");
	ck_assert_uint_ge(unsent, 900);
	ck_assert_uint_ge(phase->count, 1990);
	ck_assert_uint_eq(unsent + errors_of(phase, "cancelled"), phase->count);
}
END_TEST

static struct probe *closed_add(const char *path, uint32_t concurrency)
{
	struct probe *probe = probe_add(path, INFINITY, 5000 * MS);

	probe->concurrency = concurrency;
	probe->load = true;
	probe->tolerate_count = 0;
	return probe;
}

/* Three at a time, 20 ms each. */
START_TEST(closed_loop_keeps_its_concurrency)
{
	const struct report_probe_phase *phase;

	(void)closed_add("/delay/20", 3);
	begin();
	run_until_ms(1000);
	finish(0);
	phase = phase_of(0, PHASE_BASELINE);
	ck_assert_uint_le(phase->count, 3 * 51);
	ck_assert_uint_ge(phase->count, 3 * 20);
	ck_assert_uint_eq(phase->ok, phase->count);
	ck_assert_int_eq(script->connections, 3);
	ck_assert(report.probes[0].closed && report.probes[0].load);
	ck_assert(!phase->has_lag);
	ck_assert_double_eq(phase->latency_ms.p99, phase->service_ms.p99);
	ck_assert_double_ge(phase->latency_ms.min, 20);
	ck_assert_double_eq_tol(phase->throughput_per_s, (double)phase->ok, 5);
	ck_assert_uint_gt(phase->bucket_count, 0);
}
END_TEST

/* Ten of them rest for 10 to 20 ms after each failure: no more than 10 × 100 in a second. */
START_TEST(closed_loop_does_not_hammer)
{
	struct probe *probe = closed_add("/ok", 10);
	const struct report_probe_phase *phase;

	http_of(probe)->url = "http://127.0.0.1:1/";
	begin();
	run_until_ms(1000);
	finish(0);
	phase = phase_of(0, PHASE_BASELINE);
	ck_assert_uint_le(phase->count, 10 * 101);
	ck_assert_uint_ge(phase->count, 10 * 20);
	ck_assert_uint_eq(phase->ok, 0);
	ck_assert_uint_eq(errors_of(phase, "connect"), phase->count);
	ck_assert_uint_eq(phase->bucket_count, 0);
}
END_TEST

/* As stall_shows_in_full: the same stall, to a loop that waits for it. */
START_TEST(closed_loop_hides_a_stall)
{
	const struct report_probe_phase *open;
	const struct report_probe_phase *closed;

	(void)closed_add("/stall", 2);
	(void)probe_add("/stall", 100, 2000 * MS);
	begin();
	script->trouble_from = start_ns + 200 * MS;
	script->trouble_until = start_ns + 700 * MS;
	run_until_ms(995);
	finish(0);
	closed = phase_of(0, PHASE_BASELINE);
	open = phase_of(1, PHASE_BASELINE);
	ck_assert_double_ge(closed->latency_ms.max, 480);
	ck_assert_double_lt(closed->latency_ms.p95, 200);
	ck_assert_double_ge(open->latency_ms.p95, 370);
}
END_TEST

START_TEST(closed_loop_ends_when_told)
{
	(void)closed_add("/never", 7);
	begin();
	run_until_ms(100);
	measurement_cancel(measurement); /* as after a signal, before the end */
	run_until_ms(200);
	measurement_stop(measurement);
	ck_assert(!measurement_idle(measurement));
	measurement_cancel(measurement);
	ck_assert(measurement_idle(measurement));
	measurement_report(measurement, 0, &report);
	ck_assert_uint_eq(phase_of(0, PHASE_BASELINE)->count, 14);
	ck_assert_uint_eq(errors_of(phase_of(0, PHASE_BASELINE), "cancelled"), 14);
}
END_TEST

START_TEST(load_without_tolerances_is_not_judged)
{
	struct err why = {0};
	struct probe *judged;

	(void)closed_add("/never", 2);
	judged = closed_add("/status/500", 2);
	begin();
	run_until_ms(100);
	ck_assert(measurement_held(measurement, PHASE_BASELINE, &why));
	judged->tolerate_count = 1;
	ck_assert(!measurement_held(measurement, PHASE_BASELINE, &why));
	measurement_stop(measurement);
	measurement_cancel(measurement);
	measurement_report(measurement, 0, &report);
}
END_TEST

START_TEST(parts_of_a_request_are_told_apart)
{
	const struct report_probe_phase *phase;

	(void)probe_add("/delay/50", 40, 1000 * MS);
	begin();
	run_until_ms(990);
	finish(0);
	phase = phase_of(0, PHASE_BASELINE);
	ck_assert_double_ge(phase->service_ms.min, 50);
	ck_assert_double_le(phase->service_ms.p50, phase->latency_ms.p50);
	ck_assert_double_ge(phase->first_byte_ms.min, 50);
	ck_assert_double_lt(phase->connect_ms.p50, 50);
	ck_assert_double_gt(phase->connect_ms.max, 0);
	ck_assert_double_eq(phase->tls_ms.max, 0);
	ck_assert(phase->has_lag);
	ck_assert_double_lt(phase->lag_ms.p50, 50);
	ck_assert_double_eq_tol(phase->throughput_per_s, 40, 2);
	ck_assert_uint_eq(phase->value.count, 0);
	ck_assert_uint_eq(phase->bucket_count, 0); /* of loads only */
}
END_TEST

/* measurement_guard at each 20 ms; the moment when it first trips, in ms, or -1. */
static int64_t guard_trips(const struct guard *guard, int64_t from_ms, int64_t until_ms)
{
	for (int64_t ms = from_ms; ms <= until_ms; ms += 20) {
		run_until_ms(ms);
		if (measurement_guard(measurement, guard, clock_now()))
			return ms;
	}
	return -1;
}

START_TEST(guard_on_success)
{
	struct guard guard = guard_add(METRIC_SUCCESS, COMPARE_LESS, 50);
	int64_t tripped;

	(void)probe_add("/flaky", 100, 1000 * MS);
	begin();
	script->trouble_from = start_ns + 800 * MS;
	script->trouble_until = start_ns + 3600000 * MS;
	ck_assert(!measurement_guard(measurement, &guard, clock_now()));
	run_until_ms(100);
	measurement_enter(measurement, PHASE_FAULT, clock_now());
	tripped = guard_trips(&guard, 120, 1600);
	/* More than half of a window of 500 ms has failed. */
	ck_assert_int_ge(tripped, 1040);
	ck_assert_int_le(tripped, 1200);
	finish(0);
}
END_TEST

START_TEST(guard_waits_for_a_whole_window)
{
	struct guard guard = guard_add(METRIC_SUCCESS, COMPARE_LESS, 50);
	int64_t tripped;

	(void)probe_add("/status/500", 100, 1000 * MS);
	begin();
	run_until_ms(200);
	measurement_enter(measurement, PHASE_FAULT, clock_now());
	tripped = guard_trips(&guard, 220, 1200);
	ck_assert_int_ge(tripped, 700);
	ck_assert_int_le(tripped, 760);
	finish(0);
}
END_TEST

/* Nothing ends any more, because the timeout is longer than the window. */
START_TEST(guard_sees_requests_that_hang)
{
	struct guard guard = guard_add(_i == 0 ? METRIC_SUCCESS : METRIC_P95,
		_i == 0 ? COMPARE_LESS : COMPARE_MORE, _i == 0 ? 20 : 100);
	int64_t tripped;

	(void)probe_add("/hang", 100, 60000 * MS);
	begin();
	script->trouble_from = start_ns + 600 * MS;
	script->trouble_until = start_ns + 3600000 * MS;
	measurement_enter(measurement, PHASE_FAULT, start_ns);
	tripped = guard_trips(&guard, 20, 2000);
	ck_assert_int_ge(tripped, 1060);
	ck_assert_int_le(tripped, 1260);
	measurement_stop(measurement);
	measurement_cancel(measurement);
}
END_TEST

START_TEST(guard_stays_quiet_when_all_is_well)
{
	struct guard guard = guard_add(METRIC_SUCCESS, COMPARE_LESS, 100);

	(void)probe_add("/ok", 100, 1000 * MS);
	begin();
	measurement_enter(measurement, PHASE_FAULT, start_ns);
	ck_assert_int_eq(guard_trips(&guard, 20, 1000), -1);
	finish(0);
}
END_TEST

/* Recovery: how long the trouble lasts into the phase of two seconds, and how long it then takes.
 */
struct healing {
	int64_t from_ms;
	int64_t until_ms;
	double recover_ms; /* negative: not recovered */
	double rate;
};

static const struct healing healings[] = {
	{0, 0, 0, 100}, {0, 600, 600, 100}, {500, 700, 700, 100},
	{0, 1500, -1, 100}, /* too little is left to prove it */
	{0, 9000, -1, 100},
	{0, 300, 300, 4}, /* five requests would take longer than half of the phase */
};

START_TEST(recovery_takes_as_long_as_the_trouble)
{
	const struct healing *row = &healings[_i];
	const struct report_probe *probe;

	(void)probe_add("/flaky", row->rate, 1000 * MS);
	begin();
	script->trouble_from = start_ns + (200 + row->from_ms) * MS;
	script->trouble_until = start_ns + (200 + row->until_ms) * MS;
	measurement_enter(measurement, PHASE_FAULT, start_ns);
	run_until_ms(200);
	measurement_enter(measurement, PHASE_RECOVERY, start_ns + 200 * MS);
	run_until_ms(2195);
	finish(start_ns + 200 * MS);
	probe = &report.probes[0];
	ck_assert(probe->has_recovery);
	ck_assert(probe->recovered == (row->recover_ms >= 0));
	if (row->recover_ms < 0)
		ck_assert_double_lt(probe->time_to_recover_ms, 0);
	else
		ck_assert_double_eq_tol(probe->time_to_recover_ms, row->recover_ms,
			100.1 + (row->rate < 10 ? 1000 / row->rate : 0));
}
END_TEST

START_TEST(series_counts_every_second)
{
	const struct report_probe *probe;

	(void)probe_add("/flaky", 50, 1000 * MS);
	begin();
	script->trouble_from = start_ns + 1000 * MS - 5 * MS;
	script->trouble_until = start_ns + 2000 * MS - 5 * MS;
	run_until_ms(2990);
	finish(0);
	probe = &report.probes[0];
	ck_assert_uint_eq(probe->series_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(probe->series[i].second, i);
		ck_assert_uint_eq(probe->series[i].count, 50);
		ck_assert_uint_eq(probe->series[i].ok, i == 1 ? 0 : 50);
		ck_assert(probe->series[i].p50_ms > 0 &&
			  probe->series[i].p50_ms <= probe->series[i].p95_ms &&
			  probe->series[i].p95_ms <= probe->series[i].max_ms);
	}
}
END_TEST

START_TEST(several_probes_keep_their_rates)
{
	struct measurement_glance glance;

	for (int i = 0; i < 10; i++)
		(void)probe_add("/ok", 20 + i, 1000 * MS);
	begin();
	run_until_ms(1999);
	measurement_glance(measurement, 3, &glance);
	finish(0);
	for (size_t i = 0; i < 10; i++) {
		const struct report_probe_phase *phase = phase_of(i, PHASE_BASELINE);
		uint64_t expected = 2 * (20 + i);

		/* One more where the machine lagged. */
		ck_assert_uint_ge(phase->count, expected);
		ck_assert_uint_le(phase->count, expected + 1);
		ck_assert_uint_eq(phase->ok, phase->count);
	}
	ck_assert_uint_ge(glance.count, 40);
	ck_assert_uint_eq(glance.count, glance.ok);
	ck_assert_double_gt(glance.p95_ms, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("measurement");
	TCase *tests = tcase_create("measurement");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 20);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, requests_end_as_they_should, 0, (int)ARRAY_SIZE(endings));
	tcase_add_test(tests, refused_connection);
	tcase_add_test(tests, unknown_host);
	tcase_add_test(tests, no_tls_there);
	tcase_add_test(tests, proxies_of_the_environment_are_ignored);
	tcase_add_test(tests, getting_ready_is_no_latency);
	tcase_add_test(tests, connections_are_reused);
	tcase_add_loop_test(tests, impossible_probes_are_refused, 0, (int)ARRAY_SIZE(refusals));
	tcase_add_test(tests, latency_is_what_the_server_takes);
	tcase_add_test(tests, stall_shows_in_full);
	tcase_add_test(tests, phases_take_what_was_due_in_them);
	tcase_add_test(tests, during_replaces_tolerate_in_the_fault_phase);
	tcase_add_test(tests, breach_of_latency_is_explained);
	tcase_add_test(tests, no_sample_does_not_hold);
	tcase_add_test(tests, cancel_ends_what_is_in_flight);
	tcase_add_test(tests, what_cannot_be_sent_is_counted);
	tcase_add_test(tests, closed_loop_keeps_its_concurrency);
	tcase_add_test(tests, closed_loop_does_not_hammer);
	tcase_add_test(tests, closed_loop_hides_a_stall);
	tcase_add_test(tests, closed_loop_ends_when_told);
	tcase_add_test(tests, load_without_tolerances_is_not_judged);
	tcase_add_test(tests, parts_of_a_request_are_told_apart);
	tcase_add_test(tests, guard_on_success);
	tcase_add_test(tests, guard_waits_for_a_whole_window);
	tcase_add_loop_test(tests, guard_sees_requests_that_hang, 0, 2);
	tcase_add_test(tests, guard_stays_quiet_when_all_is_well);
	tcase_add_loop_test(
		tests, recovery_takes_as_long_as_the_trouble, 0, (int)ARRAY_SIZE(healings));
	tcase_add_test(tests, series_counts_every_second);
	tcase_add_test(tests, several_probes_keep_their_rates);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
