/* SPDX-License-Identifier: Apache-2.0 */
/* The relay's redirect in a network namespace of the test's own: made, found and put back, also in
 * recovery, half made, or with a relay that is stuck. Looked at with tc and ip. */
#include <arpa/inet.h>
#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "faults/netns.h"
#include "faults/operation.h"
#include "faults/relay.h"
#include "reports/mem.h"

#define DATAGRAMS 5000

static struct operation_context context;
static struct operation operation;
static struct err err;
static char before[8192];

/* The output of a command, in a buffer that lives until the next call. */
static const char *run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *run(const char *format, ...)
{
	static char output[8192];
	char command[512];
	va_list arguments;
	size_t length;
	FILE *pipe;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	pipe = popen(command, "re"); /* NOLINT(cert-env33-c): tc and ip are who is asked */
	ck_assert_ptr_nonnull(pipe);
	length = fread(output, 1, sizeof(output) - 1, pipe);
	output[length] = '\0';
	ck_assert_msg(pclose(pipe) == 0, "%s: %s", command, output);
	return output;
}

/* Everything that a redirect could have changed. */
static const char *snapshot(void)
{
	return run("ip -o link show; tc qdisc show; for side in ingress egress; do"
		   " tc filter show dev near $side 2>/dev/null; done; true");
}

/* Each test runs in a process of its own (Check forks), so the namespace ends with it. */
static void setup(void)
{
	struct stat status;

	ck_assert_msg(unshare(CLONE_NEWNET) == 0, "these tests need root");
	ck_assert_int_eq(stat("/proc/self/ns/net", &status), 0);
	ck_assert_int_eq(netns_cache_new(&context.netns, &err), 0);
	run("ip link add near type veth peer name far;"
	    " echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 || true;"
	    " ip address add 10.9.0.1/24 dev near; ip link set near up; ip link set far up;"
	    " ip neighbour add 10.9.0.2 dev near lladdr 02:00:00:00:00:02 nud permanent;"
	    " until [ $(ip -o link show | grep -c 'state UP') = 2 ]; do sleep 0.01; done");
	operation = (struct operation){
		.id = 3,
		.type = OPERATION_RELAY,
		.netns_path = "/proc/self/ns/net",
		.netns_device = status.st_dev,
		.netns_inode = status.st_ino,
		.interface = "near",
		.interface_index = if_nametoindex("near"),
		.impairment = {.delay_ns = 10000000, .limit = 100000},
	};
	snprintf(before, sizeof(before), "%s", snapshot());
}

static void teardown(void)
{
	relay_free(context.relay);
	netns_cache_free(context.netns);
}

static void prepare(void)
{
	ck_assert_msg(operation_relay.prepare(&context, &operation, &err) == 0, "%s", err.message);
}

static void inject(void)
{
	prepare();
	ck_assert_msg(operation_relay.apply(&context, &operation, &err) == 0, "%s", err.message);
}

static void put_back(struct evidence *evidence)
{
	ck_assert_msg(
		operation_relay.undo(&context, &operation, evidence, &err) == 0, "%s", err.message);
}

static void check_as_before(void)
{
	ck_assert_str_eq(snapshot(), before);
}

static void send_datagrams(int count)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0x0a090002)};
	const int buffer = 64 << 20;
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)), 0);
	for (int i = 0; i < count; i++)
		(void)sendto(fd, "", 1, 0, (const struct sockaddr *)&address, sizeof(address));
}

static pid_t relay_pid(void)
{
	return atoi(run("pgrep -x perturb-relay -P %d", getpid()));
}

START_TEST(redirect_is_made_and_put_back)
{
	struct evidence evidence = {0};

	inject();
	ck_assert_ptr_nonnull(strstr(snapshot(), operation.tap));
	ck_assert_ptr_nonnull(strstr(snapshot(), "Egress Redirect to device ptb"));
	send_datagrams(20);
	ck_assert_int_eq(operation_relay.observe(&context, &operation, &evidence, &err), 0);
	ck_assert_uint_eq(evidence.packets + evidence.backlog_packets, 20);
	put_back(&evidence);
	ck_assert_int_eq(evidence.source, EVIDENCE_RELAY);
	ck_assert_uint_eq(evidence.packets, 20);
	ck_assert_uint_eq(evidence.backlog_packets, 0);
	check_as_before();
}
END_TEST

START_TEST(undo_is_idempotent)
{
	inject();
	put_back(NULL);
	put_back(NULL);
	check_as_before();
}
END_TEST

START_TEST(prepare_changes_nothing)
{
	prepare();
	check_as_before();
	put_back(NULL);
	check_as_before();
}
END_TEST

/* Recovery knows the operation and nothing else; the relay may live on. */
START_TEST(recovery_needs_no_relay)
{
	struct relay *relay;

	inject();
	relay = context.relay;
	context.relay = NULL;
	operation.tap_index = 0; /* was not known when the journal was written */
	put_back(NULL);
	check_as_before();
	context.relay = relay;
}
END_TEST

START_TEST(recovery_after_the_relay)
{
	inject();
	relay_free(context.relay);
	context.relay = NULL;
	put_back(NULL);
	check_as_before();
}
END_TEST

/* The custodian was killed between two steps. */
START_TEST(half_made_redirects_go)
{
	prepare();
	run("tc qdisc add dev near clsact");
	put_back(NULL);
	check_as_before();
	run("tc qdisc add dev near clsact; ip tuntap add %s mode tap", operation.tap);
	put_back(NULL);
	check_as_before();
}
END_TEST

/* Whatever has our name or our place by now, it is not ours. */
START_TEST(strangers_stay)
{
	prepare();
	run("ip link add %s type veth peer name other; tc qdisc add dev near clsact;"
	    " tc filter add dev near egress protocol all prio 1 u32 match u32 0 0"
	    " action mirred egress mirror dev other",
		operation.tap);
	snprintf(before, sizeof(before), "%s", snapshot());
	put_back(NULL);
	check_as_before();
}
END_TEST

START_TEST(qdisc_that_came_since_prepare_stays)
{
	prepare();
	run("tc qdisc add dev near clsact");
	snprintf(before, sizeof(before), "%s", snapshot());
	ck_assert_int_eq(operation_relay.apply(&context, &operation, &err), -1);
	put_back(NULL);
	check_as_before();
}
END_TEST

START_TEST(interface_is_gone)
{
	inject();
	run("ip link delete near");
	put_back(NULL);
	ck_assert_ptr_null(strstr(run("ip -o link show"), "ptb"));
}
END_TEST

/* What the TAP could not queue while the relay did not read is told apart from what was asked. */
START_TEST(overruns_are_counted)
{
	struct evidence evidence = {0};
	pid_t relay;

	inject();
	relay = relay_pid();
	ck_assert_int_eq(kill(relay, SIGSTOP), 0);
	send_datagrams(DATAGRAMS);
	ck_assert_int_eq(kill(relay, SIGCONT), 0);
	put_back(&evidence);
	ck_assert_uint_gt(evidence.packets, 100);
	ck_assert_uint_gt(evidence.overlimit_drops, 100);
	ck_assert_uint_eq(evidence.packets + evidence.overlimit_drops, DATAGRAMS);
	ck_assert_uint_eq(evidence.dropped, 0);
	check_as_before();
}
END_TEST

/* A relay that hangs delays the undo by its time-out, but does not prevent it. */
START_TEST(stuck_relay_is_not_awaited_for_ever)
{
	time_t begin = time(NULL);

	inject();
	ck_assert_int_eq(kill(relay_pid(), SIGSTOP), 0);
	put_back(NULL);
	ck_assert_int_le(time(NULL) - begin, 4);
	check_as_before();
}
END_TEST

/* And only once, however many interfaces it has. */
START_TEST(stuck_relay_is_awaited_once)
{
	const uint32_t count = 4;
	cleanup_free struct operation *operations = xcalloc(count, sizeof(*operations));
	time_t begin;

	for (uint32_t i = 0; i < count; i++) {
		run("ip link add near%u type veth peer name far%u; ip link set near%u up", i, i, i);
		snprintf(operation.interface, sizeof(operation.interface), "near%u", i);
		operation.interface_index = if_nametoindex(operation.interface);
		operation.id = i + 1;
		inject();
		operations[i] = operation;
	}
	ck_assert_int_eq(kill(relay_pid(), SIGSTOP), 0);
	begin = time(NULL);
	for (uint32_t i = 0; i < count; i++)
		ck_assert_int_eq(operation_relay.cease(&context, &operations[i], &err), 0);
	for (uint32_t i = 0; i < count; i++)
		ck_assert_int_eq(operation_relay.undo(&context, &operations[i], NULL, &err), 0);
	ck_assert_int_le(time(NULL) - begin, 5);
	ck_assert_ptr_null(strstr(snapshot(), "ptb"));
	ck_assert_ptr_null(strstr(snapshot(), "clsact"));
}
END_TEST

START_TEST(dead_relay_is_noticed)
{
	inject();
	ck_assert_int_eq(kill(relay_pid(), SIGKILL), 0);
	put_back(NULL);
	check_as_before();
}
END_TEST

static void check_refused(const char *reason)
{
	ck_assert_int_eq(operation_relay.prepare(&context, &operation, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(err.message, reason) != NULL, "%s", err.message);
}

START_TEST(no_room_before_others_is_refused)
{
	run("tc qdisc add dev near clsact;"
	    " tc filter add dev near egress prio 1 protocol all u32 match u32 0 0 flowid 1:1");
	check_refused("no room");
	operation.filter_priority = 3;
	check_refused("from priority 1");
}
END_TEST

START_TEST(missing_interface_is_refused)
{
	operation.interface_index = 4711;
	check_refused("interface near is gone");
}
END_TEST

/* A point-to-point tunnel has no Ethernet header for the relay to carry, and what is sent on lo
 * again is not received. */
START_TEST(other_interfaces_are_refused)
{
	static const char *const names[] = {"tunnel", "lo"};
	static const char *const reasons[] = {"Ethernet", "loopback"};

	run("ip tuntap add tunnel mode tun; ip link set tunnel up; ip link set lo up");
	snprintf(before, sizeof(before), "%s", snapshot());
	snprintf(operation.interface, sizeof(operation.interface), "%s", names[_i]);
	operation.interface_index = if_nametoindex(names[_i]);
	prepare();
	ck_assert_int_eq(operation_relay.apply(&context, &operation, &err), -1);
	ck_assert_msg(strstr(err.message, reasons[_i]) != NULL, "%s", err.message);
	check_as_before();
}
END_TEST

/* The old one takes our clsact qdisc along; what another one has is its own. */
START_TEST(interface_of_the_same_name_and_index_is_left_alone)
{
	struct evidence evidence = {0};

	inject();
	run("ip link delete near; ip link add near index %u txqueuelen 500 type veth peer name far",
		operation.interface_index);
	run("ip link set near up; ip link set far up; tc qdisc add dev near clsact");
	operation.queue_length_zero = true;
	put_back(&evidence);
	ck_assert(evidence.lost);
	ck_assert_ptr_nonnull(strstr(snapshot(), "clsact ffff: dev near"));
	ck_assert_ptr_nonnull(strstr(run("ip link show near"), "qlen 500"));
	ck_assert_ptr_null(strstr(snapshot(), operation.tap));
}
END_TEST

START_TEST(interface_of_another_name_is_put_back)
{
	inject();
	run("ip link set near down; ip link set near name old address 02:00:00:00:00:07;"
	    " ip link set old up");
	put_back(NULL);
	ck_assert_ptr_null(strstr(snapshot(), "clsact"));
	ck_assert_ptr_null(strstr(snapshot(), operation.tap));
}
END_TEST

START_TEST(another_interface_of_the_index_is_refused)
{
	run("ip link delete near; ip link add other index %u type veth peer name far",
		operation.interface_index);
	ck_assert_int_eq(operation_relay.prepare(&context, &operation, &err), -1);
	ck_assert_msg(strstr(err.message, "interface near is gone") != NULL, "%s", err.message);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("relay_operation");
	TCase *cases = tcase_create("redirect");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 20);
	tcase_add_test(cases, redirect_is_made_and_put_back);
	tcase_add_test(cases, undo_is_idempotent);
	tcase_add_test(cases, prepare_changes_nothing);
	tcase_add_test(cases, recovery_needs_no_relay);
	tcase_add_test(cases, recovery_after_the_relay);
	tcase_add_test(cases, half_made_redirects_go);
	tcase_add_test(cases, strangers_stay);
	tcase_add_test(cases, qdisc_that_came_since_prepare_stays);
	tcase_add_test(cases, interface_is_gone);
	tcase_add_test(cases, overruns_are_counted);
	tcase_add_test(cases, stuck_relay_is_not_awaited_for_ever);
	tcase_add_test(cases, stuck_relay_is_awaited_once);
	tcase_add_test(cases, dead_relay_is_noticed);
	tcase_add_test(cases, no_room_before_others_is_refused);
	tcase_add_test(cases, missing_interface_is_refused);
	tcase_add_loop_test(cases, other_interfaces_are_refused, 0, 2);
	tcase_add_test(cases, interface_of_the_same_name_and_index_is_left_alone);
	tcase_add_test(cases, interface_of_another_name_is_put_back);
	tcase_add_test(cases, another_interface_of_the_index_is_refused);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
