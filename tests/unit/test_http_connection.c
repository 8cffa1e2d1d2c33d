/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "experiments/probes/http_connection.h"
#include "reports/mem.h"

static struct loop *loop;
static struct http_pool pool;
static int readies;
static int refusals;
static uint32_t last_events;
static int user; /* only its address counts */

static void on_ready(void *data, uint32_t events)
{
	ck_assert_ptr_eq(data, &user);
	readies++;
	last_events = events;
}

static void on_refused(void *data)
{
	ck_assert_ptr_eq(data, &user);
	refusals++;
}

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop, NULL), 0);
	pool = (struct http_pool){
		.loop = loop, .keep = 2, .ready = on_ready, .refused = on_refused};
	readies = 0;
	refusals = 0;
}

static void teardown(void)
{
	http_pool_release(&pool);
	loop_free(loop);
}

/* A socket on a port of 127.0.0.1, and its address; without listening, connections are refused. */
static int bound(bool listens, struct resolve_address *ret_address)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, length), 0);
	if (listens)
		ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	memset(ret_address, 0, sizeof(*ret_address));
	memcpy(&ret_address->address, &address, length);
	ret_address->length = length;
	return fd;
}

static void run_until(const int *count)
{
	while (*count == 0)
		ck_assert_int_eq(loop_step(loop, NULL), 0);
}

static void nothing(void *data, int64_t now)
{
	(void)data;
	(void)now;
}

/* Handles what is there already. */
static void run_once(void)
{
	struct loop_timer timer = {.function = nothing};

	loop_arm(loop, &timer, clock_now() + 20000000);
	ck_assert_int_eq(loop_step(loop, NULL), 0);
	loop_disarm(loop, &timer);
}

static struct http_connection *opened(const struct resolve_address *address)
{
	struct http_connection *connection = NULL;

	readies = 0;
	ck_assert_int_eq(http_connection_open(&pool, address, 1, &user, &connection), HTTP_OPENING);
	run_until(&readies);
	ck_assert(connection->connected);
	ck_assert_uint_eq(last_events & EPOLLOUT, EPOLLOUT);
	return connection;
}

START_TEST(next_address_when_one_refuses)
{
	struct resolve_address addresses[3];
	struct http_connection *connection = NULL;
	int refusing[2] = {bound(false, &addresses[0]), bound(false, &addresses[1])};
	int listener = bound(true, &addresses[2]);

	ck_assert_int_eq(
		http_connection_open(&pool, addresses, 3, &user, &connection), HTTP_OPENING);
	run_until(&readies);
	ck_assert_int_eq(refusals, 0);
	http_connection_close(connection);
	close(listener);
	close(refusing[0]);
	close(refusing[1]);
}
END_TEST

START_TEST(all_addresses_refuse)
{
	struct resolve_address addresses[2];
	struct http_connection *connection = NULL;
	int refusing[2] = {bound(false, &addresses[0]), bound(false, &addresses[1])};

	ck_assert_int_eq(
		http_connection_open(&pool, addresses, 2, &user, &connection), HTTP_OPENING);
	run_until(&refusals);
	ck_assert_int_eq(readies, 0);
	http_connection_close(connection);
	close(refusing[0]);
	close(refusing[1]);
}
END_TEST

/* The kernel itself refuses TCP to the address of all. */
START_TEST(unreachable_at_once)
{
	struct resolve_address address;
	struct http_connection *connection = NULL;
	int listener = bound(true, &address);

	((struct sockaddr_in *)&address.address)->sin_addr.s_addr = htonl(INADDR_BROADCAST);
	ck_assert_int_eq(
		http_connection_open(&pool, &address, 1, &user, &connection), HTTP_UNREACHABLE);
	ck_assert_ptr_null(connection);
	close(listener);
}
END_TEST

START_TEST(last_used_is_taken_first)
{
	struct resolve_address address;
	int listener = bound(true, &address);
	struct http_connection *connections[3];

	for (size_t i = 0; i < ARRAY_SIZE(connections); i++)
		connections[i] = opened(&address);
	for (size_t i = 0; i < ARRAY_SIZE(connections); i++)
		http_connection_keep(connections[i]);
	ck_assert_uint_eq(pool.idle_count, 2); /* and the third is closed */
	ck_assert_ptr_eq(http_pool_take(&pool, &user), connections[1]);
	ck_assert_ptr_eq(http_pool_take(&pool, &user), connections[0]);
	ck_assert_ptr_null(http_pool_take(&pool, &user));
	http_connection_close(connections[0]);
	http_connection_close(connections[1]);
	close(listener);
}
END_TEST

START_TEST(idle_one_that_the_server_closes)
{
	struct resolve_address address;
	int listener = bound(true, &address);
	struct http_connection *connection = opened(&address);
	int peer = accept(listener, NULL, NULL);

	http_connection_keep(connection);
	close(peer);
	run_once();
	ck_assert_uint_eq(pool.idle_count, 0);
	ck_assert_ptr_null(http_pool_take(&pool, &user));
	close(listener);
}
END_TEST

START_TEST(told_once_unless_asked)
{
	struct resolve_address address;
	int listener = bound(true, &address);
	struct http_connection *connection = opened(&address);
	int peer = accept(listener, NULL, NULL);

	readies = 0;
	ck_assert_int_eq(write(peer, "x", 1), 1);
	run_once();
	ck_assert_int_eq(readies, 1);
	ck_assert_uint_eq(last_events & EPOLLIN, EPOLLIN);
	run_once();
	ck_assert_int_eq(readies, 1);
	http_connection_again(connection);
	run_once();
	ck_assert_int_eq(readies, 2);
	ck_assert_uint_eq(last_events & EPOLLIN, EPOLLIN);
	http_connection_close(connection);
	close(peer);
	close(listener);
}
END_TEST

START_TEST(descriptors_are_left_for_others)
{
	const struct rlimit limit = {.rlim_cur = 80, .rlim_max = 80};
	struct resolve_address address;
	int listener = bound(true, &address);
	struct http_connection *connections[64];
	size_t count = 0;
	int fd;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (http_connection_open(&pool, &address, 1, &user, &connections[count]) == HTTP_OPENING)
		ck_assert_uint_lt(++count, ARRAY_SIZE(connections));
	ck_assert_uint_ge(count, 1);
	fd = fcntl(listener, F_DUPFD_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_le(fd, 16);
	close(fd);
	while (count > 0)
		http_connection_close(connections[--count]);
	close(listener);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_connection");
	TCase *tests = tcase_create("http_connection");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, next_address_when_one_refuses);
	tcase_add_test(tests, all_addresses_refuse);
	tcase_add_test(tests, unreachable_at_once);
	tcase_add_test(tests, last_used_is_taken_first);
	tcase_add_test(tests, idle_one_that_the_server_closes);
	tcase_add_test(tests, told_once_unless_asked);
	tcase_add_test(tests, descriptors_are_left_for_others);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
