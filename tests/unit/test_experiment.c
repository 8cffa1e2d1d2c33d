/* SPDX-License-Identifier: Apache-2.0 */
/* What a valid experiment means. */
#include <signal.h>

#include "reports/report.h"

#include "experiments/probes/http_probe.h"
#include "tests/unit/experiment_case.h"

static const char whole[] =
	"version: 1\n"
	"title: The gateway answers while users is slow\n"
	"tags: [gateway, latency]\n"
	"x-anything: &quick { success: \">= 99%\", p95: \"<= 250ms\" }\n"
	"variables:\n"
	"  host: 127.0.0.1\n"
	"  gateway: http://${host}:8080\n"
	"  token: { env: PERTURB_TEST_TOKEN, secret: true }\n"
	"  login: \"Bearer ${token}\"\n"
	"  other: { env: PERTURB_TEST_NONE, default: none }\n"
	"targets:\n"
	"  users:\n"
	"    container: { name: [users, \"users-*\"], label: tier=web, runtime: docker }\n"
	"    pick: 50%\n"
	"  shop: { netns: shop }\n"
	"  worker: { process: { pid: 4711 }, pick: 2 }\n"
	"steady_state:\n"
	"  - name: gateway answers\n"
	"    http:\n"
	"      url: \"${gateway}/users?price=$$1&path=$.x\"\n"
	"      method: POST\n"
	"      headers: { Authorization: \"${login}\", X-Empty: \"\" }\n"
	"      body: \"{}\"\n"
	"      timeout: 1500ms\n"
	"      status: [200, 3xx, 404-405]\n"
	"      contains: ok\n"
	"      matches: \"^ok$\"\n"
	"      json: { path: \"$.orders[0].id\", equals: 7 }\n"
	"      follow_redirects: true\n"
	"      tls: { insecure: true, ca: ca.pem, cert: c.pem, key: k.pem }\n"
	"    rate: 20/s\n"
	"    tolerate: *quick\n"
	"    during: { success: \">= 95%\" }\n"
	"  - { name: short, http: \"http://127.0.0.1/\", tolerate: { max: \"< 1s\" } }\n"
	"baseline: 3s\n"
	"method:\n"
	"  - latency: { target: users, delay: 200ms, jitter: 20ms, distribution: normal }\n"
	"    at: 1s\n"
	"    for: 10s\n"
	"  - network:\n"
	"      target: shop\n"
	"      interface: eth0\n"
	"      direction: egress\n"
	"      loss: { percent: 1% }\n"
	"      latency: { delay: 50ms }\n"
	"    for: 5s\n"
	"  - kill: worker\n"
	"    pick: 1\n"
	"  - kill: { target: worker, signal: term }\n"
	"    for: 2s\n"
	"  - pause: users\n"
	"    at: 20s\n"
	"    for: 1m\n"
	"recovery: 0\n"
	"abort_when:\n"
	"  - { probe: gateway answers, success: \"< 20%\", over: 3s }\n"
	"limits: { max_instances: 10, max_percent: 50, max_duration: 5m }\n";

START_TEST(whole_top_level)
{
	assert_valid(whole);
	ck_assert_str_eq(experiment.file, "f.yaml");
	ck_assert_str_eq(experiment.title, "The gateway answers while users is slow");
	ck_assert_uint_eq(experiment.tag_count, 2);
	ck_assert_str_eq(experiment.tags[1], "latency");
	ck_assert_int_eq(experiment.baseline_ns, 3000000000);
	ck_assert_int_eq(experiment.recovery_ns, 0);
	ck_assert_uint_eq(experiment.limits.max_instances, 10);
	ck_assert_double_eq(experiment.limits.max_percent, 50);
	ck_assert_int_eq(experiment.limits.max_duration_ns, INT64_C(300000000000));
	ck_assert_uint_eq(experiment.guard_count, 1);
	ck_assert_uint_eq(experiment.guards[0].probe, 0);
	ck_assert_int_eq(experiment.guards[0].over_ns, 3000000000);
	ck_assert_int_eq(experiment.guards[0].condition.metric, METRIC_SUCCESS);
	ck_assert_str_eq(experiment.guards[0].condition.text, "< 20%");
}
END_TEST

START_TEST(whole_variables)
{
	assert_valid(whole);
	ck_assert_uint_eq(experiment.variable_count, 5);
	ck_assert_str_eq(experiment.variables[1].value, "http://127.0.0.1:8080");
	ck_assert(!experiment.variables[1].secret);
	ck_assert_str_eq(experiment.variables[2].value, "s3cr3t");
	ck_assert(experiment.variables[2].secret);
	ck_assert_str_eq(experiment.variables[3].value, "Bearer s3cr3t");
	ck_assert(experiment.variables[3].secret);
	ck_assert_str_eq(experiment.variables[4].value, "none");
}
END_TEST

START_TEST(whole_targets)
{
	const struct selector *selector;

	assert_valid(whole);
	ck_assert_uint_eq(experiment.target_count, 3);
	ck_assert_str_eq(experiment.targets[0].name, "users");
	ck_assert_uint_eq(experiment.targets[0].loc.line, 12);
	ck_assert_int_eq(experiment.targets[0].pick.mode, PICK_PERCENT);
	ck_assert_double_eq(experiment.targets[0].pick.percent, 50);
	selector = &experiment.targets[0].selector;
	ck_assert_int_eq(selector->kind, TARGET_CONTAINER);
	ck_assert_uint_eq(selector->name_count, 2);
	ck_assert_str_eq(selector->names[1], "users-*");
	ck_assert_uint_eq(selector->label_count, 1);
	ck_assert_str_eq(selector->labels[0].key, "tier");
	ck_assert_str_eq(selector->labels[0].value, "web");
	ck_assert_str_eq(selector->runtime, "docker");
	ck_assert_ptr_null(selector->image);
	selector = &experiment.targets[1].selector;
	ck_assert_int_eq(selector->kind, TARGET_NETNS);
	ck_assert_str_eq(selector->names[0], "shop");
	ck_assert_int_eq(experiment.targets[2].selector.kind, TARGET_PROCESS);
	ck_assert_int_eq(experiment.targets[2].selector.pid, 4711);
	ck_assert_int_eq(experiment.targets[2].pick.mode, PICK_NUMBER);
	ck_assert_uint_eq(experiment.targets[2].pick.number, 2);
}
END_TEST

START_TEST(whole_probes)
{
	const struct probe *probe;
	const struct http_probe *http;

	assert_valid(whole);
	ck_assert_uint_eq(experiment.probe_count, 2);
	probe = &experiment.probes[0];
	http = (const struct http_probe *)probe->settings;
	ck_assert_str_eq(probe->name, "gateway answers");
	ck_assert_double_eq(probe->rate, 20);
	ck_assert_uint_eq(probe->tolerate_count, 2);
	ck_assert_int_eq(probe->tolerate[1].metric, METRIC_P95);
	ck_assert_double_eq(probe->tolerate[1].limit, 250);
	ck_assert_uint_eq(probe->during_count, 1);
	ck_assert_str_eq(http->url, "http://127.0.0.1:8080/users?price=$1&path=$.x");
	ck_assert_str_eq(http->method, "POST");
	ck_assert_uint_eq(http->header_count, 2);
	ck_assert_str_eq(http->headers[0].name, "Authorization");
	ck_assert_str_eq(http->headers[0].value, "Bearer s3cr3t");
	ck_assert_str_eq(http->headers[1].value, "");
	ck_assert_str_eq(http->body, "{}");
	ck_assert_int_eq(http->common.timeout_ns, 1500000000);
	ck_assert_uint_eq(http->status_count, 103);
	ck_assert_int_eq(http->statuses[0], 200);
	ck_assert_int_eq(http->statuses[1], 300);
	ck_assert_int_eq(http->statuses[102], 405);
	ck_assert_str_eq(http->body_contains, "ok");
	ck_assert_str_eq(http->body_matches, "^ok$");
	ck_assert_str_eq(http->json_checks[0].path, "$.orders[0].id");
	ck_assert_str_eq(http->json_checks[0].equals, "7");
	ck_assert(http->follow_redirects);
	ck_assert(http->insecure);
	ck_assert_str_eq(http->ca_file, "ca.pem");
	ck_assert_str_eq(http->cert_file, "c.pem");
	ck_assert_str_eq(http->key_file, "k.pem");
}
END_TEST

START_TEST(probe_defaults)
{
	const struct probe *probe;

	assert_valid(whole);
	probe = &experiment.probes[1];
	ck_assert_double_eq(probe->rate, 10);
	ck_assert_str_eq(((const struct http_probe *)probe->settings)->method, "GET");
	ck_assert_int_eq(probe->settings->timeout_ns, 1000000000);
	ck_assert_uint_eq(((const struct http_probe *)probe->settings)->status_count, 0);
	ck_assert_ptr_null(((const struct http_probe *)probe->settings)->body);
	ck_assert_uint_eq(((const struct http_probe *)probe->settings)->json_check_count, 0);
	ck_assert(!((const struct http_probe *)probe->settings)->follow_redirects);
	ck_assert(!((const struct http_probe *)probe->settings)->insecure);
	ck_assert_uint_eq(probe->during_count, 0);
}
END_TEST

static void assert_parameter(
	const struct fault *fault, size_t i, const char *name, const char *value)
{
	ck_assert_uint_lt(i, fault->parameter_count);
	ck_assert_str_eq(fault->parameters[i].name, name);
	ck_assert_str_eq(fault->parameters[i].value, value);
}

START_TEST(whole_method)
{
	const struct fault *fault;

	assert_valid(whole);
	ck_assert_uint_eq(experiment.fault_count, 5);
	fault = &experiment.faults[0];
	ck_assert_str_eq(fault->kind->name, "latency");
	ck_assert_uint_eq(fault->target, 0);
	ck_assert_uint_eq(fault->loc.line, 37);
	ck_assert_uint_eq(fault->loc.column, 5);
	ck_assert_int_eq(fault->at_ns, 1000000000);
	ck_assert_int_eq(fault->duration_ns, INT64_C(10000000000));
	ck_assert_int_eq(fault->params->network.delay_ns, 200000000);
	ck_assert_int_eq(fault->params->network.jitter_ns, 20000000);
	ck_assert_int_eq(fault->params->network.distribution, DISTRIBUTION_NORMAL);
	ck_assert_uint_eq(fault->parameter_count, 3);
	assert_parameter(fault, 0, "delay", "200ms");
	assert_parameter(fault, 1, "jitter", "20ms");
	assert_parameter(fault, 2, "distribution", "normal");

	fault = &experiment.faults[1];
	ck_assert_uint_eq(fault->target, 1);
	ck_assert_str_eq(fault->params->interface, "eth0");
	ck_assert_int_eq(fault->params->network.delay_ns, 50000000);
	ck_assert_double_eq(fault->params->network.loss, 1);
	ck_assert_uint_eq(fault->parameter_count, 5);
	assert_parameter(fault, 0, "latency.delay", "50ms");
	assert_parameter(fault, 1, "latency.distribution", "uniform");
	assert_parameter(fault, 2, "loss.percent", "1%");
	assert_parameter(fault, 3, "interface", "eth0");
	assert_parameter(fault, 4, "direction", "egress");
}
END_TEST

START_TEST(whole_instant_kinds)
{
	const struct fault *fault;

	assert_valid(whole);
	fault = &experiment.faults[2];
	ck_assert_str_eq(fault->kind->name, "kill");
	ck_assert_uint_eq(fault->target, 2);
	ck_assert_int_eq(fault->params->signal, SIGKILL);
	ck_assert_int_eq(fault->duration_ns, 0);
	ck_assert_int_eq(fault->pick.mode, PICK_NUMBER);
	assert_parameter(fault, 0, "signal", "KILL");
	fault = &experiment.faults[3];
	ck_assert_int_eq(fault->params->signal, SIGTERM);
	ck_assert_int_eq(fault->duration_ns, 2000000000);
	assert_parameter(fault, 0, "signal", "TERM");
	ck_assert_str_eq(experiment.faults[4].kind->name, "pause");
	ck_assert(experiment.faults[4].follow);
	ck_assert_uint_eq(experiment.faults[4].parameter_count, 0);
}
END_TEST

START_TEST(a_step_that_stays)
{
	assert_valid("version: 1\ntitle: x\ntargets: {a: {container: a}}\n"
		     "method: [{pause: a, for: 1s, follow: false}]\n");
	ck_assert(!experiment.faults[0].follow);
}
END_TEST

/* What sha256sum(1) prints for the same bytes. */
START_TEST(file_is_identified)
{
	assert_valid("version: 1\ntitle: x\ntargets: {a: {netns: a}}\nmethod: [{kill: a}]\n");
	ck_assert_str_eq(experiment.sha256,
		"e95e3529d02f9fbf421250516c5b09957e114d72741d03c2583700c6e156e383");
}
END_TEST

START_TEST(phases_without_probes_take_no_time)
{
	assert_valid("version: 1\ntitle: x\ntargets: {a: {netns: a}}\nmethod: [{kill: a}]\n");
	ck_assert_int_eq(experiment.baseline_ns, 0);
	ck_assert_int_eq(experiment.recovery_ns, 0);
}
END_TEST

START_TEST(phases_with_probes_have_defaults)
{
	assert_valid("version: 1\ntitle: x\nsteady_state:\n"
		     "  - {name: p, http: 'http://h/', tolerate: {success: '> 1%'}}\n");
	ck_assert_int_eq(experiment.baseline_ns, 5000000000);
	ck_assert_int_eq(experiment.recovery_ns, 10000000000);
}
END_TEST

START_TEST(load_comes_after_the_probes)
{
	assert_valid("version: 1\ntitle: x\nload:\n"
		     "  - {name: l, http: 'http://h/', rate: max}\n"
		     "  - {name: m, http: 'http://h/', rate: max, concurrency: 3}\n"
		     "steady_state:\n"
		     "  - {name: p, http: 'http://h/', tolerate: {success: '> 1%'}}\n"
		     "abort_when: [{probe: m, success: '< 1%', over: 1s}]\n");
	ck_assert_uint_eq(experiment.probe_count, 3);
	ck_assert_str_eq(experiment.probes[0].name, "p");
	ck_assert(!experiment.probes[0].load && !probe_is_closed(&experiment.probes[0]));
	ck_assert_uint_eq(experiment.probes[0].concurrency, 1000);
	ck_assert(experiment.probes[1].load && probe_is_closed(&experiment.probes[1]));
	ck_assert_uint_eq(experiment.probes[1].concurrency, 10);
	ck_assert_uint_eq(experiment.probes[2].concurrency, 3);
	ck_assert_uint_eq(experiment.guards[0].probe, 2);
}
END_TEST

START_TEST(load_alone_will_do)
{
	assert_valid("version: 1\ntitle: x\nload: [{name: l, http: 'http://h/'}]\n");
	ck_assert_uint_eq(experiment.probe_count, 1);
	ck_assert_int_eq(experiment.baseline_ns, 5000000000);
}
END_TEST

START_TEST(settings_go_first)
{
	static const struct setting settings[] = {
		{"host", "ignored"}, {"host", "h"}, {"token", "o${x}"}};

	ck_assert_msg(parse_with(whole, settings, 3) == 0, "%s", messages());
	ck_assert_str_eq(experiment.variables[0].value, "h");
	ck_assert_str_eq(experiment.variables[1].value, "http://h:8080");
	ck_assert_str_eq(experiment.variables[3].value, "Bearer o${x}");
}
END_TEST

START_TEST(unknown_settings_are_errors)
{
	static const struct setting settings[] = {{"hots", "secret value"}, {"zzz", "1"}};

	ck_assert_int_eq(parse_with(whole, settings, 2), -1);
	ck_assert_str_eq(messages(), "f.yaml: --set hots: no such variable (did you mean 'host'?)\n"
				     "f.yaml: --set zzz: no such variable\n");
}
END_TEST

/* Wherever a text is for people, and not where it is of use. */
START_TEST(secrets_are_not_shown)
{
	assert_valid("version: 1\ntitle: a ${s} b\ntags: ['${s}']\n"
		     "variables: { s: { default: 10%, secret: true } }\n"
		     "steady_state:\n"
		     "  - name: p ${s}\n"
		     "    http: { url: 'http://h/', headers: { A: '${s}' } }\n"
		     "    tolerate: { success: '> ${s}' }\n"
		     "    during: { success: '< ${s}' }\n"
		     "abort_when: [{ probe: 'p ${s}', success: '= ${s}', over: 1s }]\n");
	ck_assert_str_eq(experiment.title, "a *** b");
	ck_assert_str_eq(experiment.tags[0], "***");
	ck_assert_str_eq(experiment.probes[0].name, "p ***");
	ck_assert_str_eq(experiment.probes[0].tolerate[0].text, "> ***");
	ck_assert_str_eq(experiment.probes[0].during[0].text, "< ***");
	ck_assert_str_eq(experiment.guards[0].condition.text, "= ***");
	ck_assert_double_eq(experiment.guards[0].condition.limit, 10);
	ck_assert_str_eq(
		((const struct http_probe *)experiment.probes[0].settings)->headers[0].value,
		"10%");
}
END_TEST

START_TEST(secrets_are_redacted)
{
	assert_valid("version: 1\ntitle: hunter2 hunts\nvariables:\n"
		     "  a: { default: hunter, secret: true }\n"
		     "  b: { default: hunter2, secret: true }\n"
		     "  c: { default: '', secret: true }\n"
		     "  d: plain\n"
		     "targets: {a: {netns: a}}\nmethod: [{kill: a}]\n");
	ck_assert_str_eq(experiment.title, "*** hunts");
	ck_assert_str_eq(experiment_redact(&experiment, &experiment.arena, "hunter2hunter/hunte"),
		"******/hunte");
	ck_assert_str_eq(experiment_redact(&experiment, &experiment.arena, "plain"), "plain");
	ck_assert_str_eq(experiment_redact(&experiment, &experiment.arena, ""), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("experiment");
	TCase *tests = tcase_create("experiment");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, whole_top_level);
	tcase_add_test(tests, whole_variables);
	tcase_add_test(tests, whole_targets);
	tcase_add_test(tests, whole_probes);
	tcase_add_test(tests, probe_defaults);
	tcase_add_test(tests, whole_method);
	tcase_add_test(tests, whole_instant_kinds);
	tcase_add_test(tests, a_step_that_stays);
	tcase_add_test(tests, file_is_identified);
	tcase_add_test(tests, phases_without_probes_take_no_time);
	tcase_add_test(tests, phases_with_probes_have_defaults);
	tcase_add_test(tests, load_comes_after_the_probes);
	tcase_add_test(tests, load_alone_will_do);
	tcase_add_test(tests, settings_go_first);
	tcase_add_test(tests, unknown_settings_are_errors);
	tcase_add_test(tests, secrets_are_not_shown);
	tcase_add_test(tests, secrets_are_redacted);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
