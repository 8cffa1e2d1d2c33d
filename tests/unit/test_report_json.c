/* SPDX-License-Identifier: Apache-2.0 */
/* Run with --print, it prints the synthetic report, for validation by an independent program. */
#include <check.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/json.h"
#include "reports/schema.h"
#include "tests/unit/synthetic_report.h"

static cJSON *written(struct report *report)
{
	char *text = report_json(report);
	cJSON *root = cJSON_Parse(text);

	ck_assert_msg(root != NULL, "not JSON: %s", text);
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	free(text);
	report_release(report);
	return root;
}

/* The value at a path of keys and indices: "faults.0.kind". */
static const cJSON *at(const cJSON *root, const char *path)
{
	char *copy = strdup(path);
	char *rest = copy;

	for (char *step = strsep(&rest, "."); step != NULL; step = strsep(&rest, ".")) {
		if (cJSON_IsArray(root))
			root = cJSON_GetArrayItem(root, atoi(step));
		else
			root = cJSON_GetObjectItemCaseSensitive(root, step);
		ck_assert_msg(root != NULL, "no %s in %s", step, path);
	}
	free(copy);
	return root;
}

static void assert_text(const cJSON *root, const char *path, const char *expected)
{
	const cJSON *value = at(root, path);

	ck_assert_msg(cJSON_IsString(value), "%s is no text", path);
	ck_assert_str_eq(value->valuestring, expected);
}

static void assert_number(const cJSON *root, const char *path, double expected)
{
	const cJSON *value = at(root, path);

	ck_assert_msg(cJSON_IsNumber(value), "%s is no number", path);
	ck_assert_msg(fabs(value->valuedouble - expected) <= 1e-9 * (1 + fabs(expected)),
		"%s is %.17g, not %.17g", path, value->valuedouble, expected);
}

static void assert_null(const cJSON *root, const char *path)
{
	ck_assert_msg(cJSON_IsNull(at(root, path)), "%s is not null", path);
}

START_TEST(says_what_happened)
{
	struct report report = synthetic_report();
	cJSON *root = written(&report);

	assert_text(root, "schema", "perturb.report/1");
	assert_text(root, "tool.name", "perturb");
	assert_text(root, "experiment.variables.gateway", "http://127.0.0.1:8080");
	assert_text(root, "experiment.tags.1", "latency");
	ck_assert(cJSON_IsFalse(at(root, "host.engines.netem")));
	ck_assert(cJSON_IsTrue(at(root, "host.engines.relay")));
	assert_text(root, "verdict", "broken");
	assert_number(root, "exit_code", 1);
	assert_text(root, "phases.1.name", "fault");
	assert_number(root, "targets.0.matched", 3);
	assert_number(root, "targets.0.instances.0.netns", 4026532288);
	assert_text(root, "targets.0.instances.0.interfaces.0.addresses.0", "10.0.0.2/24");
	assert_text(root, "faults.0.parameters.jitter", "20ms");
	assert_text(root, "faults.0.evidence.source", "qdisc");
	assert_number(root, "faults.0.operations.0.evidence.bytes", 12345);
	assert_number(root, "probes.0.phases.fault.errors.timeout", 3);
	assert_text(root, "probes.0.phases.fault.tolerances.0.expected", ">= 99%");
	assert_text(root, "probes.0.phases.fault.tolerances.0.verdict", "broken");
	assert_number(root, "probes.0.phases.fault.tolerances.0.limit", 99);
	assert_number(root, "probes.0.phases.fault.tolerances.0.samples", 266);
	assert_number(root, "probes.0.phases.fault.tolerances.0.interval.0", 96.2);
	assert_text(root, "probes.0.phases.fault.tolerances.2.verdict", "inconclusive");
	assert_text(root, "probes.0.phases.fault.tolerances.2.path", "any[0]");
	assert_number(root, "probes.0.phases.fault.tolerances.2.samples_needed", 368);
	assert_number(root, "probes.0.time_to_detect_ms", 1200);
	assert_number(root, "recovery.time_to_detect_ms.gateway \"answers\"", 1200);
	assert_number(root, "probes.0.error_budget.burn_rate.fault", 1.504);
	assert_text(root, "probes.0.name", "gateway \"answers\"");
	ck_assert_int_eq(cJSON_GetArraySize(at(root, "probes")), 1);
	assert_text(root, "probes.0.loop", "open");
	assert_number(root, "probes.0.phases.baseline.lag_ms.p99", 0.5);
	assert_number(root, "probes.0.phases.baseline.service_ms.p50", 1.25);
	assert_number(root, "probes.0.phases.baseline.value.last", 1e9);
	assert_number(root, "probes.0.phases.baseline.value.mean", 4.25);
	assert_text(root, "load.0.name", "busy");
	assert_text(root, "load.0.loop", "closed");
	assert_number(root, "load.0.series_interval_s", 2);
	assert_number(root, "load.0.phases.fault.histogram.2.0", 990);
	assert_number(root, "load.0.phases.fault.histogram.2.1", 1);
	ck_assert(cJSON_IsFalse(at(root, "recovery.recovered")));
	assert_text(root, "events.1.what", "latency on users: injected");
	cJSON_Delete(root);
}
END_TEST

START_TEST(what_never_happened_is_null)
{
	struct report report = synthetic_report();
	cJSON *root = written(&report);

	assert_null(root, "phases.1.end_ms");
	assert_null(root, "faults.1.requested_at_ms");
	assert_null(root, "faults.1.injected_at_ms");
	assert_null(root, "faults.1.reverted_at_ms");
	assert_null(root, "faults.1.inject_us");
	assert_null(root, "faults.1.revert_us");
	assert_null(root, "faults.1.cause");
	assert_null(root, "probes.0.phases.fault.latency_ms");
	assert_null(root, "probes.0.phases.baseline.tls_ms");
	assert_null(root, "probes.0.phases.fault.value");
	assert_null(root, "load.0.rate");
	assert_null(root, "load.0.phases.fault.lag_ms");
	assert_null(root, "probes.0.phases.fault.tolerances.1.observed");
	assert_null(root, "probes.0.phases.fault.tolerances.1.interval");
	assert_null(root, "probes.0.phases.fault.tolerances.0.samples_needed");
	assert_null(root, "probes.0.phases.fault.tolerances.2.interval.1");
	assert_null(root, "probes.0.phases.baseline.latency_interval_ms.p99.1");
	assert_null(root, "probes.0.phases.fault.latency_interval_ms");
	assert_null(root, "probes.0.series.1.p50_ms");
	assert_null(root, "recovery.time_to_recover_ms.gateway \"answers\"");
	assert_null(root, "guards.1.tripped_at_ms");
	ck_assert_ptr_null(
		cJSON_GetObjectItemCaseSensitive(at(root, "probes.0.phases"), "recovery"));
	cJSON_Delete(root);
}
END_TEST

START_TEST(an_empty_run_has_no_recovery)
{
	struct report report = {.title = "t", .verdict = VERDICT_NOT_STARTED, .exit_code = 3};
	cJSON *root = written(&report);

	assert_null(root, "recovery");
	assert_null(root, "experiment.sha256");
	ck_assert_int_eq(cJSON_GetArraySize(at(root, "faults")), 0);
	assert_text(root, "verdict", "not-started");
	cJSON_Delete(root);
}
END_TEST

START_TEST(numbers_have_sensible_digits)
{
	struct report report = synthetic_report();
	char *text = report_json(&report);

	ck_assert_ptr_nonnull(strstr(text, "\"injected_at_ms\":\t5000.124,"));
	ck_assert_ptr_nonnull(strstr(text, "\"requested_at_ms\":\t5000,"));
	ck_assert_ptr_nonnull(strstr(text, "\"mean\":\t1.778\n"));
	ck_assert_ptr_nonnull(strstr(text, "\"success_pct\":\t98.496,"));
	/* more than a double can hold */
	ck_assert_ptr_nonnull(strstr(text, "\"seed\":\t18446744073709551615\n"));
	ck_assert_ptr_nonnull(strstr(text, "\"started_at\":\t\"2026-11-24T07:43:00.123Z\""));
	ck_assert_ptr_nonnull(strstr(text, "\"ended_at\":\t\"2026-11-24T07:43:20.999Z\""));
	free(text);
	report_release(&report);
}
END_TEST

START_TEST(foreign_bytes_become_utf8)
{
	struct report report = synthetic_report();
	cJSON *root;

	report.title = "caf\xE9 \xC3\xA9 \xED\xA0\x80 \x1b[31m";
	root = written(&report);
	assert_text(root, "experiment.title", "caf\uFFFD \u00e9 \uFFFD\uFFFD\uFFFD \x1b[31m");
	cJSON_Delete(root);
}
END_TEST

/* Every property that the schema requires of an object is there, and nothing else: followed
 * through the schema, so that the two cannot drift apart. */
static void assert_matches(const cJSON *schema, const cJSON *root, const cJSON *value)
{
	const cJSON *whole = cJSON_GetArrayItem(cJSON_GetObjectItem(schema, "allOf"), 0);
	const cJSON *reference = cJSON_GetObjectItem(whole != NULL ? whole : schema, "$ref");
	const cJSON *properties;
	const cJSON *extra;
	const cJSON *required;
	const cJSON *item;

	/* draft-07 ignores what stands beside a reference, so those with a description are inside.
	 */
	if (cJSON_GetObjectItem(schema, "allOf") != NULL)
		reference = cJSON_GetObjectItem(
			cJSON_GetArrayItem(cJSON_GetObjectItem(schema, "allOf"), 0), "$ref");
	if (reference != NULL)
		schema = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "definitions"),
			reference->valuestring + strlen("#/definitions/"));
	properties = cJSON_GetObjectItem(schema, "properties");
	extra = cJSON_GetObjectItem(schema, "additionalProperties");
	if (cJSON_IsArray(value)) {
		const cJSON *items = cJSON_GetObjectItem(schema, "items");

		ck_assert_msg(items != NULL, "%s has no items", value->string);
		for (item = value->child; item != NULL && !cJSON_IsArray(items); item = item->next)
			assert_matches(items, root, item);
		return;
	}
	if (!cJSON_IsObject(value) || cJSON_IsObject(extra))
		return;
	ck_assert_msg(cJSON_IsFalse(extra), "%s is open", value->string);
	for (item = value->child; item != NULL; item = item->next) {
		const cJSON *property = cJSON_GetObjectItemCaseSensitive(properties, item->string);

		ck_assert_msg(property != NULL, "the schema has no %s", item->string);
		assert_matches(property, root, item);
	}
	required = cJSON_GetObjectItem(schema, "required");
	for (item = required == NULL ? NULL : required->child; item != NULL; item = item->next) {
		ck_assert_msg(cJSON_GetObjectItemCaseSensitive(value, item->valuestring) != NULL,
			"%s lacks %s", value->string == NULL ? "the report" : value->string,
			item->valuestring);
	}
}

START_TEST(schema_and_report_agree)
{
	struct report report = synthetic_report();
	cJSON *schema = cJSON_Parse(report_schema);
	cJSON *root = written(&report);

	ck_assert_ptr_nonnull(schema);
	assert_matches(schema, schema, root);
	cJSON_Delete(root);
	cJSON_Delete(schema);
}
END_TEST

static int print(void)
{
	struct report report = synthetic_report();
	char *text = report_json(&report);

	fputs(text, stdout);
	free(text);
	report_release(&report);
	return EXIT_SUCCESS;
}

static int run_tests(void)
{
	Suite *suite = suite_create("report_json");
	TCase *tcase = tcase_create("json");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, says_what_happened);
	tcase_add_test(tcase, what_never_happened_is_null);
	tcase_add_test(tcase, an_empty_run_has_no_recovery);
	tcase_add_test(tcase, numbers_have_sensible_digits);
	tcase_add_test(tcase, foreign_bytes_become_utf8);
	tcase_add_test(tcase, schema_and_report_agree);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--print") == 0)
		return print();
	return run_tests();
}
