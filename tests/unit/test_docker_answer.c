/* SPDX-License-Identifier: Apache-2.0 */
/* What container engines answer, and which of it a selector means. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/targets/container_match.h"
#include "experiments/targets/docker_answer.h"

/* As Docker 20.10 and Podman 4.3 write it, shortened. */
static const char list_text[] =
	"[{\"Id\":\"8dfafdbc3a40cf9a0f4a8bd7d2b6b7c1d6e5a4039281706f5e4d3c2b1a098877\","
	"\"Names\":[\"/shop-users-1\",\"/other/link\"],\"Image\":\"ghcr.io/shop/users:1.2\","
	"\"State\":\"running\",\"Status\":\"Up 2 minutes\",\"Labels\":{\"tier\":\"back\","
	"\"com.docker.compose.project\":\"shop\",\"com.docker.compose.service\":\"users\"}},"
	"{\"Id\":\"8dfa00\",\"Names\":[\"orders\"],\"Image\":\"localhost:5000/orders\","
	"\"State\":\"exited\",\"Labels\":{\"io.podman.compose.service\":\"orders\"}},"
	"{\"Id\":\"77aa\",\"Names\":null,\"Image\":\"sha256:0123\",\"State\":\"created\","
	"\"Labels\":null}]";

static struct arena arena;
static struct container_list list;

static void parse_list(void)
{
	struct err err = {0};

	memset(&list, 0, sizeof(list));
	ck_assert_int_eq(docker_parse_list(&arena, list_text, strlen(list_text), &list, &err), 0);
	ck_assert_uint_eq(list.count, 3);
}

static void release_list(void)
{
	arena_release(&arena);
}

START_TEST(a_list_is_read)
{
	ck_assert_str_eq(list.items[0].name, "shop-users-1");
	ck_assert_str_eq(list.items[0].image, "ghcr.io/shop/users:1.2");
	ck_assert_str_eq(list.items[0].state, "running");
	ck_assert_str_eq(container_label(&list.items[0], "tier"), "back");
	ck_assert_ptr_null(container_label(&list.items[0], "tie"));
	ck_assert_str_eq(list.items[1].name, "orders");
	ck_assert_str_eq(list.items[2].name, "");
	ck_assert_uint_eq(list.items[2].label_count, 0);
}
END_TEST

/* Each is refused, or read as no container, without harm. */
static const struct {
	const char *text;
	int result;
} hostile[] = {
	{"", -1},
	{"garbage", -1},
	{"{}", -1},
	{"null", -1},
	{"[", -1},
	{"[{\"Id\":\"aa\"", -1},
	{"{\"message\":\"page not found\"}", -1},
	{"[]", 0},
	{"[null, 1, \"x\", [], {}]", 0},
	{"[{\"Id\":7,\"Names\":\"users\"}]", 0},
	{"[{\"Id\":\"\"}]", 0},
};

START_TEST(a_hostile_list_is_harmless)
{
	struct container_list other = {0};
	struct err err = {0};

	ck_assert_int_eq(
		docker_parse_list(&arena, hostile[_i].text, strlen(hostile[_i].text), &other, &err),
		hostile[_i].result);
	ck_assert_uint_eq(other.count, 0);
	ck_assert_int_eq(err.code != ERR_NONE, hostile[_i].result < 0);
}
END_TEST

START_TEST(wrong_types_are_left_out)
{
	const char text[] = "[{\"Id\":\"aa\",\"Names\":[7],\"Image\":{},\"State\":[],"
			    "\"Labels\":{\"a\":1,\"b\":null,\"c\":\"d\"}}]";
	struct container_list other = {0};

	ck_assert_int_eq(docker_parse_list(&arena, text, strlen(text), &other, NULL), 0);
	ck_assert_uint_eq(other.count, 1);
	ck_assert_str_eq(other.items[0].name, "");
	ck_assert_str_eq(other.items[0].image, "");
	ck_assert_str_eq(other.items[0].state, "");
	ck_assert_uint_eq(other.items[0].label_count, 1);
	ck_assert_str_eq(container_label(&other.items[0], "c"), "d");
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
	const size_t depth = 100000;
	char *text = malloc(depth);
	struct container_list other = {0};

	ck_assert_ptr_nonnull(text);
	memset(text, '[', depth);
	ck_assert_int_eq(docker_parse_list(&arena, text, depth, &other, NULL), -1);
	free(text);
}
END_TEST

/* The answer's length counts, not a NUL byte: the text has none at its end. */
START_TEST(the_length_is_kept_to)
{
	struct container_list other = {0};
	char *text = malloc(2);

	ck_assert_ptr_nonnull(text);
	text[0] = '[';
	text[1] = ']';
	ck_assert_int_eq(docker_parse_list(&arena, text, 2, &other, NULL), 0);
	ck_assert_int_eq(docker_parse_list(&arena, text, 1, &other, NULL), -1);
	free(text);
}
END_TEST

static const struct {
	const char *text;
	int result;
	pid_t pid;
} pids[] = {
	{"{\"State\":{\"Pid\":4711}}", 0, 4711},
	{"{\"State\":{\"Pid\":0}}", 0, 0},
	{"{\"State\":{\"Pid\":4194304}}", 0, 4194304},
	{"{\"State\":{\"Pid\":4194305}}", -1, 0},
	{"{\"State\":{\"Pid\":1e300}}", -1, 0},
	{"{\"State\":{\"Pid\":-1}}", -1, 0}, /* would signal every process */
	{"{\"State\":{\"Pid\":4711.5}}", -1, 0},
	{"{\"State\":{\"Pid\":\"4711\"}}", -1, 0},
	{"{\"State\":4711}", -1, 0},
	{"{\"Pid\":4711}", -1, 0},
	{"[]", -1, 0},
	{"", -1, 0},
};

START_TEST(a_pid_is_read_with_suspicion)
{
	struct err err = {0};
	pid_t pid = 0;

	ck_assert_int_eq(docker_parse_pid(pids[_i].text, strlen(pids[_i].text), &pid, &err),
		pids[_i].result);
	ck_assert_int_eq(pid, pids[_i].pid);
}
END_TEST

START_TEST(the_message_of_an_error_is_found)
{
	const char text[] = "{\"message\":\"No such container: users\"}";
	const char other[] = "<html>502</html>";

	ck_assert_str_eq(
		docker_parse_message(&arena, text, strlen(text)), "No such container: users");
	ck_assert_ptr_null(docker_parse_message(&arena, other, strlen(other)));
	ck_assert_ptr_null(docker_parse_message(&arena, "{\"message\":1}", 13));
}
END_TEST

/* A selector of one criterion, and whether it means the first, second and third container. */
static const struct {
	const char *criterion;
	const char *text;
	bool means[3];
} selections[] = {
	{"name", "shop-users-1", {true, false, false}},
	{"name", "users", {false, false, false}},
	{"name", "*users*", {true, false, false}},
	{"name", "/^(shop|orders)/", {true, true, false}},
	{"name", "8dfafdbc3a40", {true, false, false}}, /* what docker ps shows as its id */
	{"name", "8dfafdbc3a4", {false, false, false}},
	{"id", "8dfa", {true, true, false}},
	{"id", "8dfaf", {true, false, false}},
	{"id", "8dfb", {false, false, false}},
	{"id", "8df", {false, false, false}},
	{"id", "8d*", {true, true, false}},
	{"image", "users", {true, false, false}},
	{"image", "users:1.2", {true, false, false}},
	{"image", "users:1.3", {false, false, false}},
	{"image", "shop/users", {true, false, false}},
	{"image", "ghcr.io/shop/users", {true, false, false}},
	{"image", "ghcr.io/shop/users:1.2", {true, false, false}},
	{"image", "ser", {false, false, false}},
	{"image", "orders", {false, true, false}},
	{"image", "localhost:5000/orders", {false, true, false}},
	{"image", "localhost", {false, false, false}},
	{"service", "users", {true, false, false}},
	{"service", "orders", {false, true, false}},
	{"service", "*", {true, true, false}},
	{"project", "shop", {true, false, false}},
	{"label", "tier", {true, false, false}},
	{"label", "tier=back", {true, false, false}},
	{"label", "tier=front", {false, false, false}},
	{"label", "tier=b*", {true, false, false}},
	{"label", "none", {false, false, false}},
};

static bool is_meant(size_t selection, const struct container *container)
{
	const char *criterion = selections[selection].criterion;
	const char *text = selections[selection].text;
	struct label_selector label = {text, NULL};
	struct selector selector = {0};
	char key[32];

	if (strcmp(criterion, "name") == 0)
		return container_is_named(container, text);
	if (strcmp(criterion, "id") == 0)
		selector.id = text;
	else if (strcmp(criterion, "image") == 0)
		selector.image = text;
	else if (strcmp(criterion, "service") == 0)
		selector.service = text;
	else if (strcmp(criterion, "project") == 0)
		selector.project = text;
	else if (strchr(text, '=') != NULL) {
		snprintf(key, sizeof(key), "%.*s", (int)(strchr(text, '=') - text), text);
		label = (struct label_selector){key, strchr(text, '=') + 1};
	}
	if (strcmp(criterion, "label") == 0) {
		selector.labels = &label;
		selector.label_count = 1;
	}
	return container_matches(&selector, container);
}

START_TEST(a_selector_means_what_it_says)
{
	for (size_t i = 0; i < 3; i++)
		ck_assert_msg(is_meant((size_t)_i, &list.items[i]) == selections[_i].means[i],
			"%s '%s' and container %zu", selections[_i].criterion, selections[_i].text,
			i);
}
END_TEST

START_TEST(every_criterion_must_be_met)
{
	struct selector selector = {.image = "users", .service = "users", .id = "8dfa"};

	ck_assert(container_matches(&selector, &list.items[0]));
	selector.service = "orders";
	ck_assert(!container_matches(&selector, &list.items[0]));
	ck_assert(!container_matches(&selector, &list.items[1]));
}
END_TEST

/* Which of the containers goes on for the one that had the id and the name. */
START_TEST(a_successor_is_known)
{
	static const char *const names[] = {"shop-users-1"};
	static const char *const ids[] = {"123456789abc"};
	const struct selector by_name = {.names = names, .name_count = 1};
	const struct selector by_id = {.names = ids, .name_count = 1};
	const struct selector by_image = {.image = "users:1.2"};
	const struct selector by_old_image = {.image = "users:1.1"};
	const struct container *users = &list.items[0];

	ck_assert(container_succeeds(&by_name, users->id, "renamed", users));
	ck_assert(container_succeeds(&by_name, "123456789abc", "shop-users-1", users));
	ck_assert(container_succeeds(&by_image, "123456789abc", "shop-users-1", users));
	ck_assert(!container_succeeds(&by_image, "123456789abc", "shop-users-2", users));
	ck_assert(!container_succeeds(&by_old_image, "123456789abc", "shop-users-1", users));
	ck_assert(!container_succeeds(&by_id, "123456789abc", "shop-users-1", users));
}
END_TEST

START_TEST(a_selector_is_described)
{
	const struct label_selector labels[] = {{"tier", "back"}, {"zone", NULL}};
	const struct selector selector = {.image = "users", .labels = labels, .label_count = 2};

	ck_assert_str_eq(container_wanted(&arena, &selector, "web"),
		"name 'web' and image 'users' and label 'tier=back' and label 'zone'");
}
END_TEST

static int parse_condition(const char *text, struct container_condition *ret_condition)
{
	struct err err;

	memset(ret_condition, 0, sizeof(*ret_condition));
	return docker_parse_condition(text, strlen(text), ret_condition, &err);
}

START_TEST(a_condition_is_read)
{
	struct container_condition condition;

	ck_assert_int_eq(
		parse_condition("{\"Id\":\"8dfa\",\"RestartCount\":3,\"State\":{\"Status\":"
				"\"running\",\"Pid\":42,\"StartedAt\":\"2026-11-25T09:00:00.1Z\","
				"\"Health\":{\"Status\":\"unhealthy\",\"FailingStreak\":2}}}",
			&condition),
		0);
	ck_assert_str_eq(condition.id, "8dfa");
	ck_assert_str_eq(condition.state, "running");
	ck_assert_str_eq(condition.health, "unhealthy");
	ck_assert_str_eq(condition.started, "2026-11-25T09:00:00.1Z");
	ck_assert_uint_eq(condition.restarts, 3);
	ck_assert_int_eq(condition.pid, 42);
	ck_assert_int_eq(parse_condition("{\"Id\":\"a\",\"State\":{\"Status\":\"exited\","
					 "\"Health\":{\"Status\":\"none\"}}}",
				 &condition),
		0);
	ck_assert_str_eq(condition.health, "");
	ck_assert_uint_eq(condition.restarts, 0);
	ck_assert_int_eq(condition.pid, 0);
}
END_TEST

static const char *const bad_conditions[] = {
	"",
	"null",
	"[]",
	"{}",
	"{\"Id\":\"a\"}",
	"{\"Id\":\"a\",\"State\":\"running\"}",
	"{\"Id\":1,\"State\":{\"Status\":\"running\"}}",
	"{\"Id\":\"a\",\"State\":{\"Status\":null}}",
	"{\"Id\":\"a\",\"RestartCount\":-1,\"State\":{\"Status\":\"running\"}}",
	"{\"Id\":\"a\",\"RestartCount\":1e99,\"State\":{\"Status\":\"running\"}}",
	"{\"Id\":\"a\",\"RestartCount\":\"1\",\"State\":{\"Status\":\"running\"}}",
	"{\"Id\":\"a\",\"State\":{\"Status\":\"running\",\"Pid\":1.5}}",
	"{\"Id\":\"a\",\"State\":{\"Status\":\"running\",\"Pid\":99999999}}",
	"{\"Id\":\"a\",\"State\":{\"Status\":\"running\"}",
};

START_TEST(a_bad_condition_is_refused)
{
	struct container_condition condition;

	ck_assert_int_eq(parse_condition(bad_conditions[_i], &condition), -1);
}
END_TEST

START_TEST(a_long_condition_is_cut)
{
	struct container_condition condition;
	char text[1200];
	char many[900];

	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	snprintf(text, sizeof(text),
		"{\"Id\":\"%s\",\"State\":{\"Status\":\"xxxxxxxxxxxxxxxxxx\"}}", many);
	ck_assert_int_eq(parse_condition(text, &condition), 0);
	ck_assert_uint_eq(strlen(condition.id), sizeof(condition.id) - 1);
	ck_assert_uint_eq(strlen(condition.state), sizeof(condition.state) - 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("docker_answer");
	TCase *tcase = tcase_create("docker_answer");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, parse_list, release_list);
	tcase_add_test(tcase, a_list_is_read);
	tcase_add_loop_test(tcase, a_hostile_list_is_harmless, 0, (int)ARRAY_SIZE(hostile));
	tcase_add_test(tcase, wrong_types_are_left_out);
	tcase_add_test(tcase, deep_nesting_is_refused);
	tcase_add_test(tcase, the_length_is_kept_to);
	tcase_add_loop_test(tcase, a_pid_is_read_with_suspicion, 0, (int)ARRAY_SIZE(pids));
	tcase_add_test(tcase, a_condition_is_read);
	tcase_add_loop_test(tcase, a_bad_condition_is_refused, 0, (int)ARRAY_SIZE(bad_conditions));
	tcase_add_test(tcase, a_long_condition_is_cut);
	tcase_add_test(tcase, the_message_of_an_error_is_found);
	tcase_add_loop_test(tcase, a_selector_means_what_it_says, 0, (int)ARRAY_SIZE(selections));
	tcase_add_test(tcase, every_criterion_must_be_met);
	tcase_add_test(tcase, a_successor_is_known);
	tcase_add_test(tcase, a_selector_is_described);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
