/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/http_template.h"
#include "reports/mem.h"

static const struct {
	const char *text;
	enum template_place place;
	const char *wanted; /* NULL: it fails */
} rows[] = {
	{"", TEMPLATE_BODY, ""},
	{"plain", TEMPLATE_BODY, "plain"},
	{"%{a}", TEMPLATE_BODY, "x y/%"},
	{"<%{a}><%{a}>", TEMPLATE_BODY, "<x y/%><x y/%>"},
	{"%{a}%{empty}%{lines}", TEMPLATE_BODY, "x y/%1\r\n2"},
	{"/%{a}?q=%20%{lines}", TEMPLATE_URL, "/x%20y%2F%25?q=%201%0D%0A2"},
	{"/%{umlaut}", TEMPLATE_URL, "/%C3%A4-._~"},
	{"Bearer %{a}", TEMPLATE_HEADER, "Bearer x y/%"},
	{"%{lines}", TEMPLATE_HEADER, NULL},
	{"%{b}", TEMPLATE_BODY, NULL},
	{"%{}", TEMPLATE_BODY, NULL},
	{"%{ab}", TEMPLATE_BODY, NULL},
	{"%%{a} %%", TEMPLATE_BODY, "%{a} %%"},
	{"%%%{a}", TEMPLATE_BODY, "%%{a}"},
	{"100% %{", TEMPLATE_BODY, "100% %{"},
	{"{%{a}}", TEMPLATE_BODY, "{x y/%}"},
};

START_TEST(values_are_put_in)
{
	struct http_values values = {0};
	char *text = NULL;
	enum outcome outcome;

	http_values_set(&values, "a", xstrdup("other"));
	http_values_set(&values, "a", xstrdup("x y/%"));
	http_values_set(&values, "empty", xstrdup(""));
	http_values_set(&values, "lines", xstrdup("1\r\n2"));
	http_values_set(&values, "umlaut", xstrdup("\xc3\xa4-._~"));
	outcome = http_template_expand(rows[_i].text, rows[_i].place, &values, &text);
	if (rows[_i].wanted != NULL) {
		ck_assert_int_eq(outcome, OUTCOME_OK);
		ck_assert_str_eq(text, rows[_i].wanted);
	} else {
		ck_assert_int_eq(outcome, OUTCOME_BODY);
	}
	free(text);
	http_values_clear(&values);
}
END_TEST

START_TEST(too_much_is_refused)
{
	const size_t length = HTTP_EXPANDED_MAX / 2 + 1;
	struct http_values values = {0};
	char *value = xcalloc(length + 1, 1);
	char *text = NULL;

	memset(value, '/', length);
	http_values_set(&values, "a", value);
	ck_assert_int_eq(http_template_expand("%{a}", TEMPLATE_BODY, &values, &text), OUTCOME_OK);
	free(text);
	ck_assert_int_eq(
		http_template_expand("%{a}%{a}", TEMPLATE_BODY, &values, &text), OUTCOME_TOO_LARGE);
	ck_assert_int_eq(
		http_template_expand("%{a}", TEMPLATE_URL, &values, &text), OUTCOME_TOO_LARGE);
	http_values_clear(&values);
}
END_TEST

static bool has_names(const char *text)
{
	struct template_part part;

	while (template_next(&text, &part)) {
		if (part.is_name)
			return true;
	}
	return false;
}

START_TEST(names_are_found)
{
	ck_assert(has_names("a%{b}c"));
	ck_assert(!has_names("a%%{b}c"));
	ck_assert(!has_names("%{b"));
	ck_assert(!has_names("%20"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_template");
	TCase *tests = tcase_create("http_template");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, values_are_put_in, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tests, too_much_is_refused);
	tcase_add_test(tests, names_are_found);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
