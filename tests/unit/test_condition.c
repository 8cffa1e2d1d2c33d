/* SPDX-License-Identifier: Apache-2.0 */
/* How tolerances hang together, and what a sample says about each. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/assess.h"
#include "experiments/resolved.h"
#include "tests/unit/experiment_case.h"

#define PROBE(text)                                                                                \
	"version: 1\ntitle: x\nsteady_state:\n  - name: p\n    http: http://h/\n    "              \
	"tolerate: " text "\n"

#define B JUDGEMENT_BROKEN
#define I JUDGEMENT_INCONCLUSIVE
#define H JUDGEMENT_HELD

/* Three tolerances each, in the order in which they are written. */
static const struct {
	const char *text;
	enum judgement items[3];
	enum judgement all;
	size_t blamed; /* 3: none, as it held */
} composites[] = {
	{"{ p50: < 1s, p95: < 1s, max: < 1s }", {H, H, H}, H, 3},
	{"{ p50: < 1s, p95: < 1s, max: < 1s }", {H, I, H}, I, 1},
	{"{ p50: < 1s, p95: < 1s, max: < 1s }", {I, H, B}, B, 2},
	{"{ any: [{ p50: < 1s }, { p95: < 1s }, { max: < 1s }] }", {B, B, H}, H, 3},
	{"{ any: [{ p50: < 1s }, { p95: < 1s }, { max: < 1s }] }", {B, I, B}, I, 0},
	{"{ any: [{ p50: < 1s }, { p95: < 1s }, { max: < 1s }] }", {B, B, B}, B, 0},
	{"{ p50: < 1s, any: [{ p95: < 1s, max: < 1s }] }", {H, H, B}, B, 2},
	{"{ p50: < 1s, any: [{ p95: < 1s }, { max: < 1s }] }", {H, B, I}, I, 1},
	{"{ all: [{ p50: < 1s }, { any: [{ p95: < 1s }, { max: < 1s }] }] }", {B, H, H}, B, 0},
	{"{ p50: ['> 1ms', '< 1s'], max: < 1s }", {H, B, H}, B, 1},
	/* none of them: what is judged is that each is not */
	{"{ none: [{ p50: '> 1s' }, { p95: '> 1s' }, { max: '> 1s' }] }", {H, H, H}, H, 3},
	{"{ none: [{ p50: '> 1s' }, { p95: '> 1s' }, { max: '> 1s' }] }", {H, B, H}, B, 1},
	/* not both of two: one that is not is enough */
	{"{ none: [{ p50: '> 1s', p95: '> 1s' }], max: < 1s }", {B, H, H}, H, 3},
	{"{ none: [{ p50: '> 1s', p95: '> 1s' }], max: < 1s }", {B, B, H}, B, 0},
	/* not none is any */
	{"{ none: [{ none: [{ p50: < 1s }, { p95: < 1s }] }], max: < 1s }", {B, H, H}, H, 3},
};

START_TEST(composites_are_judged)
{
	char text[512];
	struct tolerances tolerances;

	(void)snprintf(text, sizeof(text), PROBE("%s"), composites[_i].text);
	assert_valid(text);
	tolerances = (struct tolerances){experiment.probes[0].tolerate,
		experiment.probes[0].tolerate_count, experiment.probes[0].tolerate_root};
	ck_assert_uint_eq(tolerances.count, 3);
	ck_assert_int_eq(condition_judge(&tolerances, composites[_i].items), composites[_i].all);
	if (composites[_i].blamed < 3)
		ck_assert_uint_eq(
			condition_blame(&tolerances, composites[_i].items, composites[_i].all),
			composites[_i].blamed);
	else
		ck_assert_uint_eq(condition_blame(&tolerances, composites[_i].items, I), 3);
}
END_TEST

START_TEST(places_are_named)
{
	const struct tolerance *items;

	assert_valid(PROBE("{ p50: < 1s, any: [{ p95: < 1s }, { none: [{ max: '> 1s' }] }] }"));
	items = experiment.probes[0].tolerate;
	ck_assert_ptr_null(items[0].path);
	ck_assert_str_eq(items[1].path, "any[0]");
	ck_assert(!items[1].negated);
	ck_assert_str_eq(items[2].path, "any[1].none[0]");
	ck_assert(items[2].negated);
	ck_assert_str_eq(items[2].text, "not > 1s");
}
END_TEST

START_TEST(no_more_than_64)
{
	char text[4096] = "version: 1\ntitle: x\nsteady_state:\n  - name: p\n    http: http://h/\n"
			  "    tolerate:\n      p95:\n";

	for (int i = 0; i < 65; i++)
		strcat(text, "        - < 1s\n");
	ck_assert_int_eq(parse(text), -1);
	ck_assert_str_eq(messages(), "f.yaml:72:11: more than 64 tolerances\n");
}
END_TEST

/* The limits of the baseline say nothing in the baseline. */
START_TEST(baseline_is_skipped_in_the_baseline)
{
	struct tally baseline = {0};
	struct resolved resolved;
	struct tolerances tolerances;

	assert_valid(PROBE("{ success: '>= 50%', any: [{ p95: <= baseline * 2 }] }"));
	tolerances = (struct tolerances){experiment.probes[0].tolerate,
		experiment.probes[0].tolerate_count, experiment.probes[0].tolerate_root};
	for (int i = 0; i < 10; i++)
		tally_end(&baseline, OUTCOME_OK, 20000000);
	resolved_make(&resolved, &tolerances, PHASE_BASELINE, &baseline);
	ck_assert(resolved.items[1].skipped);
	ck_assert(tally_holds(&baseline, &resolved.view));
	resolved_make(&resolved, &tolerances, PHASE_FAULT, &baseline);
	ck_assert(!resolved.items[1].skipped);
	ck_assert_double_eq_tol(resolved.items[1].limit, 40, 0.05);
	ck_assert(tally_holds(&baseline, &resolved.view));
	tally_end(&baseline, OUTCOME_OK, 50000000);
	ck_assert_ptr_eq(tally_breach(&baseline, &resolved.view), &resolved.items[1]);
	tally_release(&baseline);
}
END_TEST

/* ok answers of 1 to ok ms, and timeouts. */
static struct tally tally_of(int ok, int timeouts)
{
	struct tally tally = {.span_ns = INT64_C(10000000000)};

	for (int i = 1; i <= ok; i++)
		tally_end(&tally, OUTCOME_OK, i * INT64_C(1000000));
	for (int i = 0; i < timeouts; i++)
		tally_end(&tally, OUTCOME_TIMEOUT, 0);
	return tally;
}

static const struct {
	const char *metric;
	const char *text;
	int ok;
	int timeouts;
	enum judgement judgement;
	uint64_t samples;
	uint64_t needed;
} samples[] = {
	{"success", ">= 99%", 100, 0, I, 100, 381},
	{"success", ">= 99%", 381, 0, H, 381, 0},
	{"success", ">= 99%", 380, 0, I, 380, 381},
	{"success", ">= 99%", 98, 2, B, 100, 0},
	{"success", ">= 99%", 99, 1, I, 100, 0}, /* on the limit: no number would do */
	{"success", ">= 100%", 10, 0, H, 10, 0}, /* a demand on this run */
	{"success", "== 100%", 10, 0, H, 10, 0},
	{"success", "> 0%", 1, 99, H, 100, 0},
	{"success", "< 20%", 0, 10, I, 10, 16},
	{"success", "< 20%", 0, 100, H, 100, 0},
	{"errors", "<= 1%", 100, 0, I, 100, 381},
	{"errors", "<= 0%", 100, 0, H, 100, 0},
	{"errors.timeout", "<= 5%", 100, 1, I, 101, 0},
	{"errors.timeout", "<= 3", 10, 3, H, 13, 0},
	{"errors.timeout", "<= 3", 10, 4, B, 14, 0},
	{"errors.connect", "<= 0", 10, 4, H, 14, 0},
	/* 1 to 100 ms: the interval of the median is that of ranks 40 and 61 */
	{"p50", "<= 61.1ms", 100, 0, H, 100, 0},
	{"p50", "<= 60ms", 100, 0, I, 100, 0},
	{"p50", "<= 49ms", 100, 0, B, 100, 0},
	{"p50", ">= 39.9ms", 100, 0, H, 100, 0},
	{"p50", ">= 41ms", 100, 0, I, 100, 0},
	{"p99", "<= 1s", 100, 5, I, 100, 368},
	{"p99", "<= 1s", 368, 0, H, 368, 0},
	{"p99.9", "<= 1s", 3, 0, I, 3, 3688},
	{"max", "<= 100ms", 100, 0, H, 100, 0},
	{"mean", "<= 1s", 3, 0, H, 3, 0},
	{"throughput", ">= 10/s", 100, 3, H, 103, 0},
	{"throughput", ">= 10.1/s", 100, 3, B, 103, 0},
	{"p95", "<= 1s", 0, 3, B, 0, 0},
};

START_TEST(samples_are_assessed)
{
	struct tally tally = tally_of(samples[_i].ok, samples[_i].timeouts);
	struct tolerance tolerance;
	struct assessment found;
	enum metric metric = METRIC_SUCCESS;
	struct err err = {0};

	ck_assert(metric_find(samples[_i].metric, &metric));
	ck_assert_msg(tolerance_parse(metric, samples[_i].text, &tolerance, &err) == 0, "%s",
		err.message);
	found = assess(&tolerance, &tally);
	ck_assert_int_eq(found.judgement, samples[_i].judgement);
	ck_assert(found.held == (found.judgement != B));
	ck_assert_uint_eq(found.samples, samples[_i].samples);
	if (samples[_i].needed != 0)
		ck_assert_uint_eq(found.needed, samples[_i].needed);
	if (found.judgement != I)
		ck_assert_uint_eq(found.needed, 0);
	if (found.needed != 0)
		ck_assert_uint_gt(found.needed, found.samples);
	tally_release(&tally);
}
END_TEST

START_TEST(percentiles_have_ends_or_none)
{
	struct tally tally = tally_of(100, 0);
	double low = 0;
	double high = 0;

	ck_assert(assess_interval(&tally, METRIC_P50, &low, &high));
	ck_assert_double_eq_tol(low, 40, 0.03);
	ck_assert_double_eq_tol(high, 61, 0.03);
	ck_assert(assess_interval(&tally, METRIC_P99, &low, &high));
	ck_assert(isfinite(low) && isnan(high));
	ck_assert(!assess_interval(&tally, METRIC_MAX, &low, &high));
	tally_release(&tally);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("condition");
	TCase *tests = tcase_create("condition");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, composites_are_judged, 0, COUNT(composites));
	tcase_add_test(tests, places_are_named);
	tcase_add_test(tests, no_more_than_64);
	tcase_add_test(tests, baseline_is_skipped_in_the_baseline);
	tcase_add_loop_test(tests, samples_are_assessed, 0, COUNT(samples));
	tcase_add_test(tests, percentiles_have_ends_or_none);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
