/* SPDX-License-Identifier: Apache-2.0 */
/* YAML as a tree with places, and all that is refused. */
#include "experiments/document.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct arena arena;
static struct err_list errors;

static void setup(void)
{
	memset(&arena, 0, sizeof(arena));
	memset(&errors, 0, sizeof(errors));
}

static void teardown(void)
{
	arena_release(&arena);
}

static const struct node *parse_bytes(const char *text, size_t length)
{
	const struct node *root = NULL;

	if (document_parse(&arena, "f.yaml", text, length, &root, &errors) < 0)
		return NULL;
	return root;
}

static const struct node *parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void assert_place(const struct node *node, unsigned int line, unsigned int column)
{
	ck_assert_ptr_nonnull(node);
	ck_assert_str_eq(node->loc.file, "f.yaml");
	ck_assert_uint_eq(node->loc.line, line);
	ck_assert_uint_eq(node->loc.column, column);
}

static void assert_only_error(unsigned int line, unsigned int column, const char *message)
{
	ck_assert_uint_eq(errors.total, 1);
	ck_assert_str_eq(errors.items[0].message, message);
	ck_assert_uint_eq(errors.items[0].loc.line, line);
	ck_assert_uint_eq(errors.items[0].loc.column, column);
	ck_assert_int_eq(errors.items[0].code, ERR_USAGE);
}

START_TEST(nodes_know_their_places)
{
	const struct node *root = parse("title: größe, ja\n"
					"list:\n"
					"  - one\n"
					"  - { ä: 1, b: [2, 3] }\n"
					"block: |\n"
					"  text\n");
	const struct node *list;

	ck_assert_ptr_nonnull(root);
	ck_assert_int_eq(root->type, NODE_MAPPING);
	assert_place(root, 1, 1);
	assert_place(node_find(root, "title"), 1, 8);
	ck_assert_str_eq(node_find(root, "title")->text, "größe, ja");
	list = node_find(root, "list");
	assert_place(list, 3, 3);
	assert_place(node_item(list, 0), 3, 5);
	assert_place(node_item(list, 1), 4, 5);
	/* columns count characters, not bytes */
	assert_place(node_find(node_item(list, 1), "ä"), 4, 10);
	assert_place(node_item(node_find(node_item(list, 1), "b"), 1), 4, 20);
	ck_assert_str_eq(node_find(root, "block")->text, "text\n");
	ck_assert_ptr_null(node_find(root, "none"));
}
END_TEST

START_TEST(byte_order_mark_is_skipped)
{
	const struct node *root = parse("\xEF\xBB\xBFtitle: x\r\nb: y\r\n");

	ck_assert_ptr_nonnull(root);
	assert_place(node_find(root, "title"), 1, 8);
	assert_place(node_find(root, "b"), 2, 4);
}
END_TEST

START_TEST(quotes_make_text)
{
	const struct node *root = parse("[~, null, NULL, '', \"null\", !!str null, ! x]");

	ck_assert_ptr_nonnull(root);
	ck_assert_uint_eq(root->count, 7);
	for (size_t i = 0; i < 3; i++)
		ck_assert(node_is_null(node_item(root, i)));
	for (size_t i = 3; i < root->count; i++)
		ck_assert(!node_is_null(node_item(root, i)));
	ck_assert_str_eq(node_type_name(node_item(root, 0)), "nothing");
	ck_assert_str_eq(node_type_name(root), "a list");
}
END_TEST

START_TEST(aliases_are_what_they_name)
{
	const struct node *root = parse("a: &x { k: [1, 2] }\nb: *x\nc: &x 3\nd: *x\n");

	ck_assert_ptr_nonnull(root);
	ck_assert_ptr_eq(node_find(root, "a"), node_find(root, "b"));
	ck_assert_str_eq(node_find(root, "d")->text, "3");
	ck_assert_uint_eq(root->weight, 1 + 4 + 4 + 1 + 1);
	ck_assert_uint_eq(root->height, 3);
}
END_TEST

START_TEST(merge_keys_merge)
{
	const struct node *root = parse("base: &base { a: 1, b: 2 }\n"
					"more: &more { b: 3, c: 4 }\n"
					"one: { <<: *base, b: 9 }\n"
					"two: { b: 9, <<: [*more, *base] }\n"
					"no: { \"<<\": 1 }\n");
	const struct node *two;

	ck_assert_ptr_nonnull(root);
	ck_assert_str_eq(node_find(node_find(root, "one"), "a")->text, "1");
	ck_assert_str_eq(node_find(node_find(root, "one"), "b")->text, "9");
	two = node_find(root, "two");
	ck_assert_uint_eq(two->count, 3);
	ck_assert_str_eq(node_find(two, "a")->text, "1");
	ck_assert_str_eq(node_find(two, "b")->text, "9");
	ck_assert_str_eq(node_find(two, "c")->text, "4");
	ck_assert_ptr_null(node_find(two, "<<"));
	ck_assert_ptr_nonnull(node_find(node_find(root, "no"), "<<"));
}
END_TEST

/* The tree is whole, so that the reading can go on to further mistakes. */
START_TEST(duplicate_keys_are_all_reported)
{
	const struct node *root = parse("a: 1\nb: { x: 1, x: 2 }\na: 3\n");

	ck_assert_ptr_nonnull(root);
	ck_assert_str_eq(node_find(root, "a")->text, "1");
	ck_assert_uint_eq(errors.total, 2);
	ck_assert_str_eq(errors.items[0].message, "the key 'x' is given twice");
	ck_assert_uint_eq(errors.items[0].loc.line, 2);
	ck_assert_uint_eq(errors.items[0].loc.column, 12);
	ck_assert_str_eq(errors.items[1].message, "the key 'a' is given twice");
	ck_assert_uint_eq(errors.items[1].loc.line, 3);
}
END_TEST

static const struct {
	const char *text;
	unsigned int line;
	unsigned int column;
	const char *message;
} refused[] = {
	{"", 1, 1, "the file is empty"},
	{"# nothing\n", 1, 1, "the file is empty"},
	{"a: 1\n---\nb: 2\n", 2, 1, "a second document begins here; a file holds one"},
	{"a: \xff\n", 1, 4, "byte 0xff is not UTF-8"},
	{"a: 1\nä: \xc0\x80\n", 2, 4, "byte 0xc0 is not UTF-8"},
	{"a: \xed\xa0\x80\n", 1, 4, "byte 0xed is not UTF-8"},
	{"a: x\033[31m\n", 1, 5, "the control character U+001B is not allowed"},
	{"a: \x7f\n", 1, 4, "the control character U+007F is not allowed"},
	{"a: \"\\0\"\n", 1, 4, "a text with a NUL character"},
	{"a: !foo 1\n", 1, 4, "the tag '!foo' is not supported here"},
	{"a: !!binary aGk=\n", 1, 4, "the tag 'tag:yaml.org,2002:binary' is not supported here"},
	{"a: !!set {x}\n", 1, 4, "the tag 'tag:yaml.org,2002:set' is not supported here"},
	{"a: !!str [x]\n", 1, 4, "the tag 'tag:yaml.org,2002:str' is not supported here"},
	{"a: *x\n", 1, 4, "no anchor '&x' comes before this alias"},
	{"a: &x [1, *x]\n", 1, 11, "the alias '*x' stands inside its own anchor"},
	{"a: &x { b: *x }\n", 1, 12, "the alias '*x' stands inside its own anchor"},
	{"a: { <<: 1 }\n", 1, 10, "'<<' merges mappings, not text"},
	{"a: { <<: [{b: 1}, x] }\n", 1, 19, "'<<' merges mappings, not text"},
	{"? [a]\n: 1\n", 1, 3, "expected a key, not a list"},
	{"~: 1\n", 1, 1, "expected a key, not nothing"},
	{"a:\n\t- b\n", 2, 1, "a tab cannot indent YAML: use spaces"},
	{"a: %5\n", 1, 4, "a text that begins with '%' needs quotes in YAML"},
	{"a: @b\n", 1, 4, "a text that begins with '@' needs quotes in YAML"},
	{"a: b: c\n", 1, 5, "not YAML: mapping values are not allowed in this context"},
	{"a: [1, 2\n", 2, 1,
		"not YAML: did not find expected ',' or ']' while parsing a flow sequence"},
	{"a: 'x\n", 2, 1,
		"not YAML: found unexpected end of stream while scanning a quoted scalar"},
};

START_TEST(document_refuses)
{
	ck_assert_ptr_null(parse(refused[_i].text));
	assert_only_error(refused[_i].line, refused[_i].column, refused[_i].message);
}
END_TEST

START_TEST(nul_bytes_are_refused)
{
	ck_assert_ptr_null(parse_bytes("a: 1\nb: \0\n", 10));
	assert_only_error(2, 4, "a NUL byte: this is not a text file");
}
END_TEST

/* Each of the limits, at the limit and one beyond. */

static char *repeat(const char *begin, const char *part, size_t count, const char *end)
{
	char *text = xcalloc(strlen(begin) + strlen(part) * count + strlen(end) + 1, 1);
	char *at = stpcpy(text, begin);

	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, part);
	strcpy(at, end);
	return text;
}

START_TEST(depth_is_limited)
{
	char *good = repeat("", "[", DOCUMENT_DEPTH_MAX, "");
	char *bad = repeat("", "[", DOCUMENT_DEPTH_MAX + 1, "");
	char *good_text = repeat(good, "]", DOCUMENT_DEPTH_MAX, "");

	ck_assert_ptr_nonnull(parse(good_text));
	ck_assert_ptr_null(parse(bad));
	assert_only_error(1, DOCUMENT_DEPTH_MAX + 1, "nested more than 64 levels deep");
	free(good);
	free(bad);
	free(good_text);
}
END_TEST

/* Each line is one level deeper than the one before it, without any nesting in the text. */
START_TEST(depth_by_aliases_is_limited)
{
	char text[8192] = "- &a0 [x]\n";
	char line[64];

	for (int i = 1; i < 70; i++) {
		snprintf(line, sizeof(line), "- &a%d [*a%d]\n", i, i - 1);
		strcat(text, line);
	}
	ck_assert_ptr_null(parse(text));
	ck_assert_uint_eq(errors.total, 1);
	ck_assert_str_eq(errors.items[0].message, "nested more than 64 levels deep");
}
END_TEST

START_TEST(scalars_are_limited)
{
	char *good = repeat("a: ", "x", DOCUMENT_SCALAR_MAX, "\n");
	char *bad = repeat("a: ", "x", DOCUMENT_SCALAR_MAX + 1, "\n");

	ck_assert_ptr_nonnull(parse(good));
	ck_assert_ptr_null(parse(bad));
	assert_only_error(1, 4, "a text of more than 64 KiB");
	free(good);
	free(bad);
}
END_TEST

START_TEST(entries_are_limited)
{
	char *good = repeat("[", "1,", DOCUMENT_ENTRIES_MAX, "]");
	char *bad = repeat("[", "1,", DOCUMENT_ENTRIES_MAX + 1, "]");

	ck_assert_ptr_nonnull(parse(good));
	ck_assert_ptr_null(parse(bad));
	assert_only_error(1, 2 + 2 * DOCUMENT_ENTRIES_MAX, "more than 1000 entries in one list");
	free(good);
	free(bad);
}
END_TEST

START_TEST(files_are_limited)
{
	char *good = repeat("a: 1\n", "#\n", (DOCUMENT_SIZE_MAX - 6) / 2, "\n");
	char *bad = repeat(good, "\n", 1, "");

	ck_assert_uint_eq(strlen(good), DOCUMENT_SIZE_MAX);
	ck_assert_ptr_nonnull(parse(good));
	ck_assert_ptr_null(parse(bad));
	assert_only_error(0, 1, "the file is larger than 1024 KiB");
	free(good);
	free(bad);
}
END_TEST

START_TEST(nodes_are_limited)
{
	char *row = repeat("- [", "1,", DOCUMENT_ENTRIES_MAX - 1, "]\n");
	char *good = repeat("", row, DOCUMENT_NODES_MAX / DOCUMENT_ENTRIES_MAX - 1, "");
	char *bad = repeat("", row, DOCUMENT_NODES_MAX / DOCUMENT_ENTRIES_MAX, "");

	ck_assert_ptr_nonnull(parse(good));
	ck_assert_ptr_null(parse(bad));
	ck_assert_uint_eq(errors.total, 1);
	ck_assert_str_eq(errors.items[0].message, "the file has more than 20000 nodes");
	free(row);
	free(good);
	free(bad);
}
END_TEST

START_TEST(anchors_are_limited)
{
	char text[8192] = "";
	char item[32];

	for (int i = 0; i <= DOCUMENT_ANCHORS_MAX; i++) {
		snprintf(item, sizeof(item), "- &a%d 1\n", i);
		strcat(text, item);
	}
	ck_assert_ptr_null(parse(text));
	assert_only_error(DOCUMENT_ANCHORS_MAX + 1, 3, "more than 256 anchors");
}
END_TEST

/* The billion laughs: ten aliases of ten aliases of … */
START_TEST(alias_bombs_are_refused)
{
	char text[8192] = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
	size_t used_before;
	char line[256];

	for (int letter = 'b'; letter <= 'j'; letter++) {
		char name = (char)letter;
		char previous = (char)(name - 1);

		snprintf(line, sizeof(line),
			"%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", name, name,
			previous, previous, previous, previous, previous, previous, previous,
			previous, previous, previous);
		strcat(text, line);
	}
	used_before = arena.used;
	ck_assert_ptr_null(parse(text));
	ck_assert_uint_eq(errors.total, 1);
	ck_assert_str_eq(errors.items[0].message,
		"the file has more than 20000 nodes once its aliases are followed");
	ck_assert_uint_lt(arena.used - used_before, 100000);
}
END_TEST

/* A bomb of merges grows mappings instead of the tree. */
START_TEST(merge_bombs_are_refused)
{
	char text[32768] = "a: &a {";
	char item[32];

	for (int i = 0; i < 900; i++) {
		snprintf(item, sizeof(item), "k%d: 1, ", i);
		strcat(text, item);
	}
	strcat(text, "}\nb:\n");
	for (int i = 0; i < 900; i++)
		strcat(text, "  - {<<: *a}\n");
	ck_assert_ptr_null(parse(text));
	ck_assert_uint_eq(errors.total, 1);
	ck_assert_str_eq(errors.items[0].message,
		"the file has more than 20000 nodes once its aliases are followed");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("document");
	TCase *tests = tcase_create("document");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, nodes_know_their_places);
	tcase_add_test(tests, byte_order_mark_is_skipped);
	tcase_add_test(tests, quotes_make_text);
	tcase_add_test(tests, aliases_are_what_they_name);
	tcase_add_test(tests, merge_keys_merge);
	tcase_add_test(tests, duplicate_keys_are_all_reported);
	tcase_add_loop_test(tests, document_refuses, 0, COUNT(refused));
	tcase_add_test(tests, nul_bytes_are_refused);
	tcase_add_test(tests, depth_is_limited);
	tcase_add_test(tests, depth_by_aliases_is_limited);
	tcase_add_test(tests, scalars_are_limited);
	tcase_add_test(tests, entries_are_limited);
	tcase_add_test(tests, files_are_limited);
	tcase_add_test(tests, nodes_are_limited);
	tcase_add_test(tests, anchors_are_limited);
	tcase_add_test(tests, alias_bombs_are_refused);
	tcase_add_test(tests, merge_bombs_are_refused);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
