/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is protected is refused: by the check, and by the custodian itself, whatever it is sent.
 */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "faults/custodian.h"
#include "faults/kinds.h"
#include "faults/proc.h"
#include "faults/protection.h"
#include "reports/mem.h"

#define SECOND INT64_C(1000000000)

static struct protection protection;
static struct protection_use use;
static struct operation operation;
static struct err err;
static pid_t child;
static char run_id[64];

static void setup(void)
{
	memset(&use, 0, sizeof(use));
	memset(&operation, 0, sizeof(operation));
	memset(&err, 0, sizeof(err));
	protection_init(&protection);
	snprintf(protection.policy, sizeof(protection.policy), "/etc/policy");
}

static void teardown(void)
{
	protection_use_release(&use);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	child = 0;
}

static void subject(const struct fault_kind *kind, enum instance_kind type, const char *name)
{
	struct instance instance = {.kind = type, .name = xstrdup(name)};

	ck_assert_int_eq(protection_subject(&operation.subject, kind, &instance, 0, 4, &err), 0);
	free(instance.name);
}

/* A process of another program that waits, as the operation's target. */
static void start_child(const char *program)
{
	int stop[2];
	char ready;

	ck_assert_int_eq(pipe2(stop, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		execl(program, "sleep", "1000", NULL);
		_exit(127);
	}
	close(stop[1]);
	/* Closed by the exec. */
	ck_assert_int_eq(read(stop[0], &ready, 1), 0);
	close(stop[0]);
	operation.pid = child;
	ck_assert_int_eq(proc_start_time(child, &operation.start_time, &err), 0);
	operation.type = OPERATION_SIGNAL;
	operation.signal = SIGKILL;
	subject(&fault_kill, INSTANCE_PROCESS, "sleep");
}

/* A namespace that is nobody's. */
static void foreign_network(void)
{
	operation.type = OPERATION_NETEM;
	operation.netns_device = 4;
	operation.netns_inode = 1;
	snprintf(operation.interface, sizeof(operation.interface), "eth0");
	subject(&fault_latency, INSTANCE_NETNS, "shop");
}

static void own_network(void)
{
	struct stat status;

	foreign_network();
	ck_assert_int_eq(stat("/proc/self/ns/net", &status), 0);
	operation.netns_device = status.st_dev;
	operation.netns_inode = status.st_ino;
}

static int check_until(int64_t deadline_ns)
{
	memset(&err, 0, sizeof(err));
	return protection_check(&protection, &use, &operation, deadline_ns, 0, &err);
}

static int check(void)
{
	return check_until(SECOND);
}

#define assert_refused(text)                                                                       \
	do {                                                                                       \
		ck_assert_int_eq(check(), -1);                                                     \
		ck_assert_int_eq(err.code, ERR_UNAVAILABLE);                                       \
		ck_assert_msg(strstr(err.message, text) != NULL, "%s", err.message);               \
	} while (0)

#define assert_allowed() ck_assert_msg(check() == 0, "%s", err.message)

START_TEST(network_of_the_host)
{
	foreign_network();
	assert_allowed();
	own_network();
	assert_refused("--allow-host");
	protection.permitted[PROTECTED_HOST] = true;
	assert_allowed();
}
END_TEST

START_TEST(network_of_process_1)
{
	foreign_network();
	protection.init.netns_device = 4;
	protection.init.netns_inode = 1;
	assert_refused("that of process 1");
	protection.permitted[PROTECTED_HOST] = true;
	assert_allowed();
}
END_TEST

START_TEST(network_of_the_engine)
{
	foreign_network();
	protection.engines[0].pid = 4711;
	protection.engines[0].netns_device = 4;
	protection.engines[0].netns_inode = 1;
	protection.engine_count = 1;
	assert_refused("--allow-engine");
	protection.permitted[PROTECTED_ENGINE] = true;
	assert_allowed();
}
END_TEST

START_TEST(own_processes)
{
	const pid_t own[] = {getpid(), getppid()};

	start_child("/bin/sleep");
	assert_allowed();
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		operation.pid = own[i];
		protection.permitted[PROTECTED_SELF] = false;
		assert_refused("--allow-self");
		protection.permitted[PROTECTED_SELF] = true;
		assert_allowed();
	}
}
END_TEST

START_TEST(another_process_of_the_same_program)
{
	start_child("/proc/self/exe");
	assert_refused("is perturb, too");
}
END_TEST

START_TEST(process_1)
{
	start_child("/bin/sleep");
	operation.pid = 1;
	assert_refused("--allow-init");
}
END_TEST

START_TEST(what_listens_at_the_socket_of_an_engine)
{
	start_child("/bin/sleep");
	assert_allowed();
	protection_add_engine(&protection, child, 0, 0);
	protection_add_engine(&protection, child, 0, 0);
	ck_assert_uint_eq(protection.engine_count, 1);
	assert_refused("--allow-engine");
	protection.permitted[PROTECTED_ENGINE] = true;
	assert_allowed();
	/* Its pid belongs to somebody else now. */
	protection.permitted[PROTECTED_ENGINE] = false;
	protection.engines[0].start_time++;
	assert_allowed();
}
END_TEST

START_TEST(container_that_holds_perturb)
{
	start_child("/bin/sleep");
	/* A container with our mounts is our own. */
	subject(&fault_kill, INSTANCE_CONTAINER, "ci-job");
	assert_refused("perturb itself runs in it");
	protection.permitted[PROTECTED_SELF] = true;
	assert_allowed();
}
END_TEST

START_TEST(who_is_frozen_cannot_thaw)
{
	start_child("/bin/sleep");
	subject(&fault_pause, INSTANCE_CONTAINER, "ci-job");
	operation.type = OPERATION_FREEZE;
	operation.cgroup_version = 2;
	snprintf(operation.cgroup, sizeof(operation.cgroup), "/sys/fs/cgroup/ci");
	protection.ancestors[0].cgroup.version = 2;
	snprintf(protection.ancestors[0].cgroup.directory,
		sizeof(protection.ancestors[0].cgroup.directory), "/sys/fs/cgroup/ci/job");
	protection.permitted[PROTECTED_SELF] = true;
	assert_refused("could not wake it up again");
	snprintf(operation.cgroup, sizeof(operation.cgroup), "/sys/fs/cgroup/ci/job2");
	assert_allowed();
}
END_TEST

START_TEST(kinds)
{
	protection.kinds_line = 3;
	foreign_network();
	for (int i = 0; fault_kinds[i] != NULL; i++)
		if (fault_kinds[i] == &fault_kill || fault_kinds[i] == &fault_pause)
			protection.kinds |= UINT64_C(1) << i;
	assert_refused("only faults of the kinds kill, pause (/etc/policy:3)");
	/* What does not say its kind has none. */
	operation.subject.kind = 0;
	assert_refused("only faults");
	start_child("/bin/sleep");
	assert_allowed();
}
END_TEST

START_TEST(duration)
{
	foreign_network();
	protection.max_duration_ns = 10 * SECOND;
	ck_assert_int_eq(check_until(10 * SECOND), 0);
	ck_assert_int_eq(check_until(10 * SECOND + 1), -1);
	ck_assert_msg(strstr(err.message, "max_duration") != NULL, "%s", err.message);
	/* Later ones count from the first one on. */
	ck_assert_int_eq(
		protection_check(&protection, &use, &operation, 12 * SECOND, 5 * SECOND, &err), -1);
	ck_assert_int_eq(protection_check(&protection, &use, &operation, 0, 11 * SECOND, &err), -1);
}
END_TEST

START_TEST(instances)
{
	foreign_network();
	protection.max_instances = 2;
	protection.max_instances_line = 9;
	assert_allowed();
	assert_allowed(); /* the same one again */
	subject(&fault_loss, INSTANCE_NETNS, "shop-2");
	assert_allowed();
	subject(&fault_loss, INSTANCE_NETNS, "shop-3");
	assert_refused("limits.max_instances is 2 (/etc/policy:9)");
	subject(&fault_loss, INSTANCE_NETNS, "shop");
	assert_allowed();
}
END_TEST

START_TEST(percent)
{
	foreign_network(); /* one of four */
	protection.max_percent = 50;
	assert_allowed();
	subject(&fault_loss, INSTANCE_NETNS, "shop-2");
	assert_allowed();
	subject(&fault_loss, INSTANCE_NETNS, "shop-3");
	assert_refused("limits.max_percent is 50%");
	operation.subject.target = 1;
	assert_allowed();
}
END_TEST

static void add_rule(enum protection_rule_type type, enum instance_kind kind, const char *pattern)
{
	ck_assert_int_eq(protection_add_rule(&protection, type, kind, pattern, 7, &err), 0);
}

static const struct {
	const char *pattern;
	const char *name;
	bool is_protected;
} names[] = {
	{"shop", "shop", true},
	{"shop", "shop-1", false},
	{"sho?", "shop", true},
	{"db-*", "db-1", true},
	{"/^(db|shop)$/", "shop", true},
	{"/^(db|shop)$/", "shops", false},
	{"db", "/run/netns/db", true},
	{"/run/netns/db", "/run/netns/db", true},
	/* What cannot be compared counts as protected. */
	{"/(/", "shop", true},
};

START_TEST(protected_names)
{
	foreign_network();
	add_rule(RULE_PROTECT, INSTANCE_CONTAINER, names[_i].pattern);
	subject(&fault_latency, INSTANCE_NETNS, names[_i].name);
	if (names[_i].is_protected)
		assert_refused("is protected");
	else
		assert_allowed();
}
END_TEST

START_TEST(commands_of_processes_are_names)
{
	start_child("/bin/sleep");
	subject(&fault_kill, INSTANCE_PROCESS, "sleep[1]");
	add_rule(RULE_PROTECT, INSTANCE_CONTAINER, "* 1000");
	assert_refused("is protected");
}
END_TEST

START_TEST(allowed_targets)
{
	foreign_network();
	protection.targets_line = 4;
	assert_refused("not among the targets");
	add_rule(RULE_ALLOW, INSTANCE_CONTAINER, "shop");
	assert_refused("not among the targets");
	add_rule(RULE_ALLOW, INSTANCE_NETNS, "sh*");
	assert_allowed();
	subject(&fault_latency, INSTANCE_NETNS, "other");
	assert_refused("(/etc/policy:4)");
	add_rule(RULE_ALLOW, INSTANCE_NETNS, "/(/");
	assert_refused("not among the targets");
}
END_TEST

START_TEST(the_stricter_counts)
{
	static struct protection more;

	more.max_instances = 3;
	more.max_percent = 60;
	more.max_duration_ns = 2 * SECOND;
	more.permitted[PROTECTED_HOST] = true;
	ck_assert_int_eq(
		protection_add_rule(&more, RULE_PROTECT, INSTANCE_CONTAINER, "db", 0, &err), 0);
	protection.max_percent = 50;
	protection.max_duration_ns = 5 * SECOND;
	ck_assert_int_eq(protection_narrow(&protection, &more, &err), 0);
	ck_assert_uint_eq(protection.max_instances, 3);
	ck_assert(protection.max_percent == 50);
	ck_assert_int_eq(protection.max_duration_ns, 2 * SECOND);
	ck_assert(!protection.permitted[PROTECTED_HOST]);
	ck_assert_uint_eq(protection.rule_count, 1);
	for (uint32_t i = 1; i < PROTECTION_RULES_MAX; i++)
		add_rule(RULE_PROTECT, INSTANCE_CONTAINER, "x");
	ck_assert_int_eq(protection_narrow(&protection, &more, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
}
END_TEST

/* --- the custodian refuses by itself --- */

static struct custodian *custodian;

static void start_custodian(void)
{
	static struct protection defaults;
	static const struct protection none;

	protection_init(&defaults);
	/* They cannot be had by asking for it later. */
	protection.permitted[PROTECTED_HOST] = true;
	protection.permitted[PROTECTED_SELF] = true;
	snprintf(run_id, sizeof(run_id), "protection-%d", (int)getpid());
	ck_assert_msg(custodian_start(&defaults, &custodian, &err) == 0, "%s", err.message);
	/* A policy is kept for good, limits for one run. */
	ck_assert_int_eq(custodian_protect(custodian, &protection, &err), 0);
	ck_assert_msg(custodian_begin(custodian, run_id, "Protection", &none, &err) == 0, "%s",
		err.message);
}

/* Sends the operation without any check, and returns what came of it. */
static struct custodian_event sent(int64_t seconds)
{
	struct custodian_event event;
	struct timespec now;

	operation.id++;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ck_assert_int_eq(
		custodian_apply(custodian, &operation, 1,
			seconds == 0 ? 0 : now.tv_sec * SECOND + now.tv_nsec + seconds * SECOND,
			&err),
		0);
	while (custodian_receive(custodian, &event) != 1) {
		struct pollfd waited = {.fd = custodian_fd(custodian), .events = POLLIN};

		ck_assert_int_eq(poll(&waited, 1, 5000), 1);
	}
	return event;
}

static void assert_custodian_refuses(int64_t seconds, const char *why)
{
	struct custodian_event event = sent(seconds);

	ck_assert_int_eq(event.type, CUSTODIAN_FAILED);
	ck_assert_msg(strstr(event.err.message, why) != NULL, "%s", event.err.message);
}

START_TEST(custodian_refuses_processes)
{
	start_child("/bin/sleep");
	add_rule(RULE_PROTECT, INSTANCE_CONTAINER, "payments");
	start_custodian();
	subject(&fault_kill, INSTANCE_CONTAINER, "payments");
	assert_custodian_refuses(0, "is protected");
	subject(&fault_kill, INSTANCE_PROCESS, "me");
	operation.pid = getpid();
	ck_assert_int_eq(proc_start_time(getpid(), &operation.start_time, &err), 0);
	assert_custodian_refuses(0, "--allow-self");
	operation.pid = 1;
	assert_custodian_refuses(0, "--allow-init");
	/* Nobody was hit so far; an ordinary one is. */
	ck_assert(proc_alive(child, operation.start_time) || kill(child, 0) == 0);
	operation.pid = child;
	ck_assert_int_eq(proc_start_time(child, &operation.start_time, &err), 0);
	subject(&fault_kill, INSTANCE_PROCESS, "sleep");
	ck_assert_int_eq(sent(0).type, CUSTODIAN_APPLIED);
	custodian_free(custodian);
}
END_TEST

/* The socket has room for a few events only: as if there were many more of them. */
static void narrow_socket(void)
{
	const int size = 1;
	int process = (int)syscall(SYS_pidfd_open, custodian_pid(custodian), 0);
	int end = (int)syscall(SYS_pidfd_getfd, process, 3, 0);

	ck_assert_int_ge(end, 0);
	ck_assert_int_eq(setsockopt(end, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	close(end);
	close(process);
}

START_TEST(custodian_keeps_what_the_main_process_does_not_take)
{
	const int count = 300;
	struct custodian_event event;

	start_child("/bin/sleep");
	start_custodian();
	narrow_socket();
	subject(&fault_kill, INSTANCE_PROCESS, "sleep");
	operation.signal = SIGCONT;
	for (int i = 0; i < count; i++) {
		operation.id++;
		ck_assert_int_eq(custodian_apply(custodian, &operation, 1, 0, &err), 0);
	}
	for (int i = 1; i <= count; i++) {
		while (custodian_receive(custodian, &event) != 1) {
			struct pollfd waited = {.fd = custodian_fd(custodian), .events = POLLIN};

			ck_assert_msg(poll(&waited, 1, 5000) == 1, "%d of %d events", i - 1, count);
		}
		ck_assert_int_eq(event.type, CUSTODIAN_APPLIED);
		ck_assert_uint_eq(event.operation, (unsigned int)i);
	}
	custodian_free(custodian);
}
END_TEST

START_TEST(custodian_refuses_limits)
{
	start_child("/bin/sleep");
	operation.type = OPERATION_STOP;
	protection.max_duration_ns = 10 * SECOND;
	protection.max_instances = 1;
	for (int i = 0; fault_kinds[i] != NULL; i++)
		if (fault_kinds[i] == &fault_pause)
			protection.kinds = UINT64_C(1) << i;
	start_custodian();
	assert_custodian_refuses(5, "only faults of the kinds pause");
	subject(&fault_pause, INSTANCE_PROCESS, "sleep");
	assert_custodian_refuses(15, "max_duration");
	ck_assert_int_eq(sent(5).type, CUSTODIAN_APPLIED);
	subject(&fault_pause, INSTANCE_PROCESS, "sleep too");
	assert_custodian_refuses(5, "max_instances");
	custodian_free(custodian);
}
END_TEST

START_TEST(custodian_refuses_the_network_of_the_host)
{
	start_custodian();
	own_network();
	operation.interface_index = 1;
	snprintf(operation.interface, sizeof(operation.interface), "lo");
	assert_custodian_refuses(5, "--allow-host");
	custodian_free(custodian);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("protection");
	TCase *tcase = tcase_create("check");
	TCase *custodian_case = tcase_create("custodian");
	SRunner *runner;
	int failed;

	/* The child that is the same program. */
	if (argc > 1 && strcmp(argv[0], "sleep") == 0)
		return pause();
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, network_of_the_host);
	tcase_add_test(tcase, network_of_process_1);
	tcase_add_test(tcase, network_of_the_engine);
	tcase_add_test(tcase, own_processes);
	tcase_add_test(tcase, another_process_of_the_same_program);
	tcase_add_test(tcase, process_1);
	tcase_add_test(tcase, what_listens_at_the_socket_of_an_engine);
	tcase_add_test(tcase, container_that_holds_perturb);
	tcase_add_test(tcase, who_is_frozen_cannot_thaw);
	tcase_add_test(tcase, kinds);
	tcase_add_test(tcase, duration);
	tcase_add_test(tcase, instances);
	tcase_add_test(tcase, percent);
	tcase_add_loop_test(tcase, protected_names, 0, (int)ARRAY_SIZE(names));
	tcase_add_test(tcase, commands_of_processes_are_names);
	tcase_add_test(tcase, allowed_targets);
	tcase_add_test(tcase, the_stricter_counts);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(custodian_case, setup, teardown);
	if (geteuid() == 0) {
		tcase_add_test(custodian_case, custodian_refuses_processes);
		tcase_add_test(custodian_case, custodian_keeps_what_the_main_process_does_not_take);
		tcase_add_test(custodian_case, custodian_refuses_limits);
		tcase_add_test(custodian_case, custodian_refuses_the_network_of_the_host);
	} else {
		puts("skip - custodian: needs root");
	}
	suite_add_tcase(suite, custodian_case);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
