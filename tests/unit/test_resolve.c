/* SPDX-License-Identifier: Apache-2.0 */
/* Names are looked up beside the event loop, once each. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "experiments/probes/resolve.h"

static struct loop *loop;
static struct resolve *resolve;

struct question {
	struct resolve_request request; /* first */
	int answers;
	size_t count;
	uint16_t port;
	int family;
};

static void answered(
	struct resolve_request *request, const struct resolve_address *addresses, size_t count)
{
	struct question *question = (struct question *)request;

	question->answers++;
	question->count = count;
	if (count == 0)
		return;
	question->family = addresses[0].address.ss_family;
	question->port = ntohs(((const struct sockaddr_in *)&addresses[0].address)->sin_port);
}

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop, NULL), 0);
	resolve = resolve_new(loop);
}

static void teardown(void)
{
	resolve_free(resolve);
	loop_free(loop);
}

static void wait_for(const struct question *question)
{
	while (question->answers == 0)
		ck_assert_int_eq(loop_step(loop, NULL), 0);
}

START_TEST(addresses_are_answered_at_once)
{
	struct question four = {.request = {.answered = answered}};
	struct question six = {.request = {.answered = answered}};

	resolve_ask(resolve, "127.0.0.1", 80, &four.request);
	resolve_ask(resolve, "::1", 81, &six.request);
	ck_assert_int_eq(four.answers, 1);
	ck_assert_uint_eq(four.count, 1);
	ck_assert_int_eq(four.family, AF_INET);
	ck_assert_uint_eq(four.port, 80);
	ck_assert_int_eq(six.answers, 1);
	ck_assert_int_eq(six.family, AF_INET6);
	ck_assert_uint_eq(six.port, 81);
}
END_TEST

START_TEST(names_are_answered_to_all_who_asked)
{
	struct question first = {.request = {.answered = answered}};
	struct question second = {.request = {.answered = answered}};
	struct question forgotten = {.request = {.answered = answered}};
	struct question late = {.request = {.answered = answered}};

	resolve_ask(resolve, "localhost", 1, &first.request);
	resolve_ask(resolve, "localhost", 2, &forgotten.request);
	resolve_ask(resolve, "localhost", 3, &second.request);
	ck_assert_int_eq(first.answers, 0);
	resolve_forget(&forgotten.request);
	wait_for(&first);
	ck_assert_int_eq(second.answers, 1);
	ck_assert_uint_eq(first.port, 1);
	ck_assert_uint_eq(second.port, 3);
	ck_assert_int_eq(forgotten.answers, 0);
	resolve_ask(resolve, "localhost", 4, &late.request);
	ck_assert_msg(late.answers == 1, "it is known already");
}
END_TEST

START_TEST(unknown_names_have_no_address)
{
	struct question question = {.request = {.answered = answered}};

	resolve_ask(resolve, "no-such-host.invalid", 1, &question.request);
	wait_for(&question);
	ck_assert_uint_eq(question.count, 0);
}
END_TEST

START_TEST(a_lookup_may_outlive_its_service)
{
	struct question question = {.request = {.answered = answered}};

	resolve_ask(resolve, "no-such-host.invalid", 1, &question.request);
	resolve_forget(&question.request);
	resolve_free(resolve);
	resolve = NULL;
	ck_assert_int_eq(question.answers, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tests = tcase_create("resolve");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, addresses_are_answered_at_once);
	tcase_add_test(tests, names_are_answered_to_all_who_asked);
	tcase_add_test(tests, unknown_names_have_no_address);
	tcase_add_test(tests, a_lookup_may_outlive_its_service);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
