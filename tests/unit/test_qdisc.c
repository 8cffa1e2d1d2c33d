/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token buckets in a network namespace of the test's own, looked at with tc. (netem goes the same
 * ways, but few build machines have it: see tests/kernel.)
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/netns.h"
#include "faults/operation.h"
#include "reports/mem.h"

#define LOOPBACK_INDEX 1

static struct operation_context context;
static struct operation operation;
static struct err err;

/* Each test runs in a process of its own (Check forks), so the namespace ends with it. */
static void setup(void)
{
	struct stat status;

	ck_assert_msg(unshare(CLONE_NEWNET) == 0, "these tests need root");
	ck_assert_int_eq(stat("/proc/self/ns/net", &status), 0);
	ck_assert_int_eq(netns_cache_new(&context.netns, &err), 0);
	operation = (struct operation){
		.type = OPERATION_TBF,
		.netns_path = "/proc/self/ns/net",
		.netns_device = status.st_dev,
		.netns_inode = status.st_ino,
		.interface = "lo",
		.interface_index = LOOPBACK_INDEX,
		.impairment = {.rate_bits = 8000000, .burst_bytes = 70000, .limit = 1000},
	};
}

static void teardown(void)
{
	netns_cache_free(context.netns);
}

/* The output of a command, in a buffer that lives until the next call. */
static const char *run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *run(const char *format, ...)
{
	static char output[4096];
	char command[256];
	va_list arguments;
	size_t length;
	FILE *pipe;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	pipe = popen(command, "re"); /* NOLINT(cert-env33-c): tc is who is asked */
	ck_assert_ptr_nonnull(pipe);
	length = fread(output, 1, sizeof(output) - 1, pipe);
	output[length] = '\0';
	ck_assert_msg(pclose(pipe) == 0, "%s: %s", command, output);
	return output;
}

static void inject(void)
{
	ck_assert_msg(operation_tbf.prepare(&context, &operation, &err) == 0, "%s", err.message);
	ck_assert_msg(operation_tbf.apply(&context, &operation, &err) == 0, "%s", err.message);
}

static void bring_up_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
}

static void send_datagrams(int count, size_t size)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char payload[1400] = {0};
	const int buffer = 8 << 20;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)), 0);
	for (int i = 0; i < count; i++)
		(void)sendto(fd, payload, size, 0, (struct sockaddr *)&address, sizeof(address));
}

START_TEST(inject_and_put_back)
{
	char before[4096];

	bring_up_loopback();
	snprintf(before, sizeof(before), "%s", run("tc qdisc show dev lo"));
	inject();
	ck_assert_ptr_nonnull(strstr(run("tc qdisc show dev lo"),
		"tbf 7065: root refcnt 2 rate 8Mbit burst 70000b lat 100ms"));
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, NULL, &err), 0);
	ck_assert_str_eq(run("tc qdisc show dev lo"), before);
}
END_TEST

START_TEST(undo_can_be_repeated)
{
	struct evidence evidence;

	inject();
	for (int i = 0; i < 3; i++) {
		memset(&evidence, 0xff, sizeof(evidence));
		ck_assert_int_eq(operation_tbf.undo(&context, &operation, &evidence, &err), 0);
		ck_assert_uint_eq(evidence.packets, 0);
	}
}
END_TEST

START_TEST(undo_without_apply)
{
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, NULL, &err), 0);
	ck_assert_int_eq(operation_tbf.prepare(&context, &operation, &err), 0);
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, NULL, &err), 0);
}
END_TEST

START_TEST(qdisc_of_a_user_is_refused)
{
	char before[4096];

	run("tc qdisc add dev lo root tbf rate 1mbit burst 10k latency 10ms");
	snprintf(before, sizeof(before), "%s", run("tc qdisc show dev lo"));
	ck_assert_int_eq(operation_tbf.prepare(&context, &operation, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(err.message, "(tbf ") != NULL, "%s", err.message);
	ck_assert_str_eq(run("tc qdisc show dev lo"), before);
}
END_TEST

START_TEST(default_of_several_queues_comes_back)
{
	char before[4096];

	run("ip link add ifb0 numtxqueues 4 type ifb && ip link set ifb0 up");
	snprintf(before, sizeof(before), "%s", run("tc qdisc show dev ifb0"));
	ck_assert_ptr_nonnull(strstr(before, "qdisc mq 0: root"));
	snprintf(operation.interface, sizeof(operation.interface), "ifb0");
	operation.interface_index = if_nametoindex("ifb0");
	inject();
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, NULL, &err), 0);
	ck_assert_str_eq(run("tc qdisc show dev ifb0"), before);
}
END_TEST

START_TEST(filters_beside_the_root_are_left_alone)
{
	char before[4096];

	bring_up_loopback();
	run("tc qdisc add dev lo clsact");
	snprintf(before, sizeof(before), "%s", run("tc qdisc show dev lo"));
	inject();
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, NULL, &err), 0);
	ck_assert_str_eq(run("tc qdisc show dev lo"), before);
}
END_TEST

START_TEST(qdisc_that_a_user_made_meanwhile_survives)
{
	char before[4096];

	ck_assert_int_eq(operation_tbf.prepare(&context, &operation, &err), 0);
	run("tc qdisc add dev lo root handle 5: tbf rate 1mbit burst 10k latency 10ms");
	snprintf(before, sizeof(before), "%s", run("tc qdisc show dev lo"));
	ck_assert_int_eq(operation_tbf.apply(&context, &operation, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, NULL, &err), 0);
	ck_assert_str_eq(run("tc qdisc show dev lo"), before);
}
END_TEST

START_TEST(qdisc_that_a_user_put_in_its_place_survives)
{
	char before[4096];

	inject();
	run("tc qdisc replace dev lo root handle 5: tbf rate 1mbit burst 10k latency 10ms");
	snprintf(before, sizeof(before), "%s", run("tc qdisc show dev lo"));
	ck_assert_int_eq(
		operation_tbf.observe(&context, &operation, &(struct evidence){0}, &err), -1);
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, NULL, &err), 0);
	ck_assert_str_eq(run("tc qdisc show dev lo"), before);
}
END_TEST

START_TEST(second_fault_on_an_interface_is_refused)
{
	struct operation second = operation;

	inject();
	ck_assert_int_eq(operation_tbf.prepare(&context, &second, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(err.message, "already carries") != NULL, "%s", err.message);
}
END_TEST

START_TEST(counters_are_those_that_tc_shows)
{
	struct evidence observed;
	struct evidence last;
	unsigned long long bytes;
	unsigned long long packets;
	unsigned long long drops;
	const char *shown;

	bring_up_loopback();
	/* 1.4 MB at once: the bucket and 100 ms of the rate take 870 kB, the rest is dropped. */
	inject();
	send_datagrams(1000, 1400);
	ck_assert_int_eq(operation_tbf.observe(&context, &operation, &observed, &err), 0);
	ck_assert_uint_gt(observed.backlog_packets, 0);
	for (int i = 0; observed.backlog_packets > 0 && i < 500; i++) {
		usleep(10000);
		ck_assert_int_eq(operation_tbf.observe(&context, &operation, &observed, &err), 0);
	}
	ck_assert_uint_eq(observed.backlog_packets, 0);
	shown = strstr(run("tc -s qdisc show dev lo"), "Sent ");
	ck_assert_int_eq(
		sscanf(shown, "Sent %llu bytes %llu pkt (dropped %llu", &bytes, &packets, &drops),
		3);
	ck_assert_uint_gt(drops, 0);
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, &last, &err), 0);
	ck_assert_int_eq(last.source, EVIDENCE_QDISC);
	ck_assert_uint_eq(last.bytes, bytes);
	ck_assert_uint_eq(last.packets, packets);
	ck_assert_uint_eq(last.dropped, drops);
	ck_assert_uint_eq(last.overlimit_drops, 0);
	ck_assert_uint_eq(observed.packets, last.packets);
}
END_TEST

START_TEST(missing_interface)
{
	operation.interface_index = 77;
	ck_assert_int_eq(operation_tbf.prepare(&context, &operation, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(err.message, "gone") != NULL, "%s", err.message);
	operation.handle = 0x70650000;
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, NULL, &err), 0);
}
END_TEST

static void make_veth(const char *options)
{
	run("ip link add near %s type veth peer name far; ip link set near up; ip link set far up",
		options);
	snprintf(operation.interface, sizeof(operation.interface), "near");
	operation.interface_index = if_nametoindex("near");
	operation.queue_length_zero = true;
}

static void inject_into_veth(void)
{
	ck_assert_int_eq(operation_tbf.prepare(&context, &operation, &err), 0);
	ck_assert_msg(operation_tbf.apply(&context, &operation, &err) == 0, "%s", err.message);
}

/* Even of one with the same name and index, nothing is changed. */
START_TEST(interface_made_anew)
{
	struct evidence evidence = {0};
	char options[64];

	make_veth("");
	inject_into_veth();
	snprintf(options, sizeof(options), "index %u txqueuelen 500", operation.interface_index);
	run("ip link delete near");
	make_veth(options);
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, &evidence, &err), 0);
	ck_assert(evidence.lost);
	ck_assert_ptr_nonnull(strstr(run("ip link show near"), "qlen 500"));
}
END_TEST

START_TEST(interface_with_another_name)
{
	struct evidence evidence = {0};

	make_veth("");
	inject_into_veth();
	run("ip link set near down; ip link set near name old address 02:00:00:00:00:07;"
	    " ip link set old up");
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, &evidence, &err), 0);
	ck_assert(!evidence.lost);
	ck_assert_ptr_null(strstr(run("tc qdisc show dev old"), "7065:"));
}
END_TEST

/* An index that is another interface's by now. */
START_TEST(interface_of_the_index_only)
{
	make_veth("");
	run("ip link set near down; ip link set near name old");
	ck_assert_int_eq(operation_tbf.prepare(&context, &operation, &err), -1);
	ck_assert_msg(strstr(err.message, "interface near is gone") != NULL, "%s", err.message);
}
END_TEST

static bool is_used(uint64_t device, uint64_t inode, const void *data)
{
	(void)device;
	(void)inode;
	return *(const bool *)data;
}

static bool has_interface(const char *name)
{
	return if_nametoindex(name) != 0;
}

/* With a namespace, the other ends of its veth pairs vanish, a moment later. */
START_TEST(namespace_that_is_let_go)
{
	struct nl_sock *socket;
	struct stat status;
	bool used = true;

	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	run("mount --make-rprivate / && mount -t tmpfs tmpfs /run && ip netns add other"
	    " && ip link add near type veth peer name far netns other");
	ck_assert_int_eq(stat("/run/netns/other", &status), 0);
	ck_assert_int_eq(netns_socket(context.netns, "/run/netns/other", status.st_dev,
				 status.st_ino, &socket, &err),
		0);
	run("ip netns delete other");
	netns_cache_trim(context.netns, is_used, &used);
	usleep(200000);
	ck_assert(has_interface("near"));
	used = false;
	netns_cache_trim(context.netns, is_used, &used);
	for (int waited = 0; has_interface("near") && waited < 1000; waited++)
		usleep(10000);
	ck_assert(!has_interface("near"));
}
END_TEST

START_TEST(missing_namespace)
{
	snprintf(operation.netns_path, sizeof(operation.netns_path), "/run/netns/no-such-thing");
	operation.netns_inode = 1;
	ck_assert_int_eq(operation_tbf.prepare(&context, &operation, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_int_eq(err.sys, ENOENT);
	operation.handle = 0x70650000;
	ck_assert_int_eq(operation_tbf.undo(&context, &operation, NULL, &err), 0);
}
END_TEST

/* The process that the path belonged to is gone, but another lives on in the namespace: this one.
 */
START_TEST(namespace_with_another_name)
{
	char before[4096];

	snprintf(before, sizeof(before), "%s", run("tc qdisc show dev lo"));
	inject();
	netns_cache_free(context.netns);
	ck_assert_int_eq(netns_cache_new(&context.netns, &err), 0);
	snprintf(operation.netns_path, sizeof(operation.netns_path), "/proc/4194305/ns/net");
	ck_assert_msg(operation_tbf.undo(&context, &operation, NULL, &err) == 0, "%s", err.message);
	ck_assert_str_eq(run("tc qdisc show dev lo"), before);
}
END_TEST

/* A path that now leads to another namespace: that one must not be touched. */
START_TEST(namespace_behind_a_reused_path)
{
	operation.netns_inode = 1; /* that of no namespace */
	ck_assert_int_eq(operation_tbf.prepare(&context, &operation, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
}
END_TEST

START_TEST(kind_that_the_kernel_does_not_have)
{
	struct operation netem = operation;

	netem.type = OPERATION_NETEM;
	ck_assert_int_eq(operation_netem.prepare(&context, &netem, &err), 0);
	if (operation_netem.apply(&context, &netem, &err) == 0) {
		ck_assert_ptr_nonnull(strstr(run("tc qdisc show dev lo"), "netem 7065:"));
		ck_assert_int_eq(operation_netem.undo(&context, &netem, NULL, &err), 0);
		return;
	}
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(err.message, "no sch_netem") != NULL, "%s", err.message);
	ck_assert_msg(strstr(err.message, "--engine relay") != NULL, "%s", err.message);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("qdisc");
	TCase *tcase = tcase_create("tbf");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, inject_and_put_back);
	tcase_add_test(tcase, undo_can_be_repeated);
	tcase_add_test(tcase, undo_without_apply);
	tcase_add_test(tcase, qdisc_of_a_user_is_refused);
	tcase_add_test(tcase, default_of_several_queues_comes_back);
	tcase_add_test(tcase, filters_beside_the_root_are_left_alone);
	tcase_add_test(tcase, qdisc_that_a_user_made_meanwhile_survives);
	tcase_add_test(tcase, qdisc_that_a_user_put_in_its_place_survives);
	tcase_add_test(tcase, second_fault_on_an_interface_is_refused);
	tcase_add_test(tcase, counters_are_those_that_tc_shows);
	tcase_add_test(tcase, missing_interface);
	tcase_add_test(tcase, missing_namespace);
	tcase_add_test(tcase, interface_made_anew);
	tcase_add_test(tcase, interface_with_another_name);
	tcase_add_test(tcase, interface_of_the_index_only);
	tcase_add_test(tcase, namespace_that_is_let_go);
	tcase_add_test(tcase, namespace_with_another_name);
	tcase_add_test(tcase, namespace_behind_a_reused_path);
	tcase_add_test(tcase, kind_that_the_kernel_does_not_have);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
