/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/json_path.h"
#include "reports/mem.h"

static const char document[] =
	"{\"orders\": [{\"id\": 1}, {\"id\": 2, \"tags\": [\"a\", \"b\"]}],"
	" \"state\": \"up\", \"a.b\": true, \"it's\": null, \"\": 5, \"back\\\\slash\": 6,"
	" \"big\": 1e3, \"text\": \"42\", \"é\": 1}";

struct found {
	const char *path;
	const char *json; /* NULL: nothing is there */
};

static const struct found founds[] = {
	{"$.state", "\"up\""},
	{"$.orders[0].id", "1"},
	{"$.orders[-1].id", "2"},
	{"$.orders[1].tags[1]", "\"b\""},
	{"$.orders[1]['tags'][0]", "\"a\""},
	{"$['orders'][1]", "{\"tags\": [\"a\", \"b\"], \"id\": 2}"},
	{"$['a.b']", "true"},
	{"$[\"a.b\"]", "true"},
	{"$['it\\'s']", "null"},
	{"$[\"it's\"]", "null"},
	{"$['']", "5"},
	{"$['back\\\\slash']", "6"},
	{"$.é", "1"},
	{"$.State", NULL},
	{"$.orders.id", NULL},
	{"$.orders[2]", NULL},
	{"$.orders[-3]", NULL},
	{"$.state[0]", NULL},
	{"$.state.up", NULL},
	{"$[0]", NULL},
};

START_TEST(finds)
{
	const struct found *row = &founds[_i];
	cJSON *root = cJSON_Parse(document);
	struct json_path *path = NULL;
	struct err err = {0};
	const cJSON *value;

	ck_assert_ptr_nonnull(root);
	ck_assert_msg(json_path_parse(row->path, &path, &err) == 0, "%s", err.message);
	value = json_path_find(path, root);
	if (row->json == NULL) {
		ck_assert_msg(value == NULL, "%s finds something", row->path);
	} else {
		ck_assert_msg(value != NULL, "%s finds nothing", row->path);
		ck_assert_msg(json_value_equals(value, row->json), "%s", row->path);
	}
	json_path_free(path);
	cJSON_Delete(root);
}
END_TEST

START_TEST(root_is_the_document)
{
	cJSON *root = cJSON_Parse("[1]");
	struct json_path *path = NULL;

	ck_assert_int_eq(json_path_parse("$", &path, NULL), 0);
	ck_assert_ptr_eq(json_path_find(path, root), root);
	json_path_free(path);
	cJSON_Delete(root);
}
END_TEST

struct refused {
	const char *path;
	const char *message; /* a part of it */
};

static const struct refused refuseds[] = {
	{"", "character 1"},
	{"state", "expected \"$\""},
	{"$state", "character 2"},
	{"$.", "a member name"},
	{"$..id", "a member name"},
	{"$.*", "a member name"},
	{"$.a b", "character 4"},
	{"$[*]", "an index or a quoted name"},
	{"$[]", "an index or a quoted name"},
	{"$[-]", "an index or a quoted name"},
	{"$[1:2]", "\"]\""},
	{"$[1", "\"]\""},
	{"$['a", "closing quote"},
	{"$['a'", "\"]\""},
	{"$['a\\'", "closing quote"},
	{"$[99999999999]", "smaller index"},
	{"$[99999999999999999999999]", "smaller index"},
	{"$[?(@.id)]", "an index or a quoted name"},
};

START_TEST(refuses)
{
	const struct refused *row = &refuseds[_i];
	struct json_path *path = NULL;
	struct err err = {0};

	ck_assert_msg(json_path_parse(row->path, &path, &err) == -1, "%s accepted", row->path);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(strstr(err.message, row->message) != NULL, "%s: %s", row->path, err.message);
}
END_TEST

struct equality {
	const char *json;
	const char *expected;
	bool equal;
};

static const struct equality equalities[] = {
	{"42", "42", true},
	{"42", "42.0", true},
	{"1000", "1e3", true},
	{"42", "43", false},
	{"42", "42 apples", false},
	{"\"42\"", "42", true}, /* as it stands */
	{"\"42\"", "\"42\"", true},
	{"\"up\"", "up", true},
	{"\"up\"", "UP", false},
	{"\"\"", "", true},
	{"true", "true", true},
	{"true", "yes", false},
	{"null", "null", true},
	{"null", "", false},
	{"{\"a\": 1, \"b\": 2}", "{\"b\": 2, \"a\": 1}", true},
	{"[1, 2]", "[2, 1]", false},
};

START_TEST(compares)
{
	const struct equality *row = &equalities[_i];
	cJSON *value = cJSON_Parse(row->json);

	ck_assert_ptr_nonnull(value);
	ck_assert_msg(json_value_equals(value, row->expected) == row->equal, "%s against %s",
		row->json, row->expected);
	cJSON_Delete(value);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json_path");
	TCase *tests = tcase_create("json_path");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, finds, 0, (int)ARRAY_SIZE(founds));
	tcase_add_test(tests, root_is_the_document);
	tcase_add_loop_test(tests, refuses, 0, (int)ARRAY_SIZE(refuseds));
	tcase_add_loop_test(tests, compares, 0, (int)ARRAY_SIZE(equalities));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
