/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals, SIGSTOP and the freezer on processes that this test starts: whether they were hit is
 * seen in what they do, not in what the operation says.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "faults/cgroup.h"
#include "faults/kinds.h"
#include "faults/operation.h"
#include "faults/proc.h"
#include "reports/mem.h"

#define WORKERS		 3
#define FREEZER_OF_TEST	 "/sys/fs/cgroup/freezer/perturb-test-%d"
#define DEADLINE_SECONDS 5.0

static struct operation_context context;
static struct operation operation;
static struct evidence evidence;
static struct err err;
static struct operation_list list;

/* Workers add to their own number for ever; what stands still does not run. */
static volatile uint64_t *counters;
static pid_t init;
static pid_t worker_pids[WORKERS];
static char group[128];

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void rest(void)
{
	const struct timespec pause = {.tv_nsec = 2000000};

	nanosleep(&pause, NULL);
}

_Noreturn static void work(int number)
{
	char name[16];

	snprintf(name, sizeof(name), "worker-%d", number);
	prctl(PR_SET_NAME, name);
	/* Check's handler would end the test as well. */
	signal(SIGTERM, SIG_DFL);
	for (;;) {
		counters[number]++;
		rest();
	}
}

/* Does the worker get on? */
static bool moves(int number)
{
	uint64_t before = counters[number];
	double end = now() + DEADLINE_SECONDS;

	while (counters[number] == before && now() < end)
		rest();
	return counters[number] != before;
}

static bool stands_still(int number)
{
	uint64_t before = counters[number];

	for (int i = 0; i < 50; i++)
		rest();
	return counters[number] == before;
}

static bool ends(pid_t pid)
{
	struct proc_stat stat;
	double end = now() + DEADLINE_SECONDS;

	while (proc_stat(pid, &stat, NULL) == 0 && stat.state != 'Z' && now() < end)
		rest();
	return proc_stat(pid, &stat, NULL) < 0 || stat.state == 'Z';
}

static void setup(void)
{
	memset(&context, 0, sizeof(context));
	memset(&operation, 0, sizeof(operation));
	memset(&evidence, 0, sizeof(evidence));
	memset(&list, 0, sizeof(list));
	memset(&err, 0, sizeof(err));
	counters = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne((const void *)counters, MAP_FAILED);
}

static void teardown(void)
{
	free(list.items);
	if (init > 0) {
		kill(init, SIGKILL);
		waitpid(init, NULL, 0);
	}
	if (group[0] != '\0') {
		char inner[160];

		snprintf(inner, sizeof(inner), "%s/inner", group);
		/* A cgroup is busy until its last process is buried. */
		for (int i = 0; i < 100; i++) {
			rmdir(inner);
			if (rmdir(group) == 0 || errno != EBUSY)
				break;
			rest();
		}
	}
}

/* One process that works as number 0. */
static void start_worker(void)
{
	init = fork();
	ck_assert_int_ge(init, 0);
	if (init == 0)
		work(0);
	ck_assert(moves(0));
	operation.pid = init;
	ck_assert_int_eq(proc_start_time(init, &operation.start_time, &err), 0);
}

/* Something like a container: a namespace of its own, of pids or of mounts, with an init process
 * and workers below it. */
static void start_container_in(int namespace)
{
	int ends_of_pipe[2];
	pid_t outer;

	ck_assert_int_eq(pipe(ends_of_pipe), 0);
	outer = fork();
	ck_assert_int_ge(outer, 0);
	if (outer == 0) {
		pid_t inner;

		if (unshare(namespace) < 0)
			_exit(1);
		inner = fork();
		if (inner == 0) {
			prctl(PR_SET_NAME, "container");
			for (int i = 0; i < WORKERS; i++)
				if (fork() == 0)
					work(i);
			for (;;)
				pause();
		}
		if (write(ends_of_pipe[1], &inner, sizeof(inner)) != sizeof(inner))
			_exit(1);
		_exit(0);
	}
	close(ends_of_pipe[1]);
	ck_assert_msg(read(ends_of_pipe[0], &init, sizeof(init)) == sizeof(init) && init > 0,
		"these tests need root");
	close(ends_of_pipe[0]);
	waitpid(outer, NULL, 0);
	for (int i = 0; i < WORKERS; i++)
		ck_assert(moves(i));
	operation.pid = init;
	ck_assert_int_eq(proc_start_time(init, &operation.start_time, &err), 0);
}

static void start_container(void)
{
	start_container_in(CLONE_NEWPID);
}

static bool find_worker(pid_t pid, void *data)
{
	struct proc_stat stat;
	unsigned int number;

	(void)data;
	if (proc_stat(pid, &stat, NULL) == 0 && stat.parent == init &&
		sscanf(stat.comm, "worker-%u", &number) == 1 && number < WORKERS)
		worker_pids[number] = pid;
	return true;
}

static void run_operation(void)
{
	const struct operation_ops *ops = operation_ops(operation.type);

	ck_assert_msg(ops->prepare(&context, &operation, &err) == 0, "%s", err.message);
	ck_assert_msg(ops->apply(&context, &operation, &err) == 0, "%s", err.message);
}

static void undo_operation(void)
{
	const struct operation_ops *ops = operation_ops(operation.type);

	ck_assert_msg(ops->undo(&context, &operation, &evidence, &err) == 0, "%s", err.message);
	ck_assert_int_eq(evidence.source, EVIDENCE_PROCESSES);
}

static void refused(const char *why)
{
	const struct operation_ops *ops = operation_ops(operation.type);

	ck_assert_int_eq(ops->prepare(&context, &operation, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(err.message, why) != NULL, "'%s'", err.message);
}

/* --- signals --- */

START_TEST(a_signal_ends_the_process)
{
	int status = 0;

	start_worker();
	operation.type = OPERATION_SIGNAL;
	operation.signal = SIGTERM;
	run_operation();
	ck_assert_int_eq(waitpid(init, &status, 0), init);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	init = 0;
	undo_operation();
	ck_assert_uint_eq(evidence.processes, 1);
}
END_TEST

START_TEST(another_process_with_the_same_pid_is_not_hit)
{
	start_worker();
	operation.type = OPERATION_SIGNAL;
	operation.signal = SIGKILL;
	operation.start_time--;
	refused("has ended");
	ck_assert_int_eq(operation_signal.apply(&context, &operation, &err), -1);
	ck_assert_int_eq(operation_stop.apply(&context, &operation, &err), -1);
	ck_assert(moves(0));
}
END_TEST

START_TEST(a_command_chooses_within_the_container)
{
	start_container();
	ck_assert_int_eq(proc_each(find_worker, NULL, &err), 0);
	operation.type = OPERATION_SIGNAL;
	operation.signal = SIGKILL;
	memcpy(operation.command, "worker-[02]", sizeof("worker-[02]"));
	run_operation();
	ck_assert(ends(worker_pids[0]));
	ck_assert(ends(worker_pids[2]));
	ck_assert(moves(1));
	undo_operation();
	ck_assert_uint_eq(evidence.processes, 2);
}
END_TEST

START_TEST(a_command_that_nobody_has_is_an_error)
{
	start_container();
	operation.type = OPERATION_SIGNAL;
	operation.signal = SIGKILL;
	memcpy(operation.command, "nobody", sizeof("nobody"));
	ck_assert_int_eq(operation_signal.apply(&context, &operation, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "nobody"));
	for (int i = 0; i < WORKERS; i++)
		ck_assert(moves(i));
}
END_TEST

/* --- SIGSTOP --- */

START_TEST(a_process_is_stopped_and_goes_on)
{
	start_worker();
	operation.type = OPERATION_STOP;
	run_operation();
	ck_assert(stands_still(0));
	refused("stopped already");
	undo_operation();
	ck_assert_uint_eq(evidence.processes, 1);
	ck_assert(moves(0));
	undo_operation();
	ck_assert(moves(0));
}
END_TEST

START_TEST(a_whole_container_is_stopped_and_goes_on)
{
	start_container();
	operation.type = OPERATION_STOP;
	memcpy(operation.command, "*", sizeof("*"));
	run_operation();
	for (int i = 0; i < WORKERS; i++)
		ck_assert(stands_still(i));
	refused("stopped already");
	undo_operation();
	ck_assert_uint_eq(evidence.processes, WORKERS + 1);
	for (int i = 0; i < WORKERS; i++)
		ck_assert(moves(i));
}
END_TEST

START_TEST(what_has_ended_needs_no_undo)
{
	start_container();
	operation.type = OPERATION_STOP;
	memcpy(operation.command, "*", sizeof("*"));
	run_operation();
	kill(init, SIGKILL);
	ck_assert(ends(init));
	undo_operation();
	init = 0;
}
END_TEST

START_TEST(what_the_first_process_leaves_behind_goes_on)
{
	start_container_in(CLONE_NEWNS);
	ck_assert_int_eq(proc_each(find_worker, NULL, &err), 0);
	operation.type = OPERATION_STOP;
	memcpy(operation.command, "*", sizeof("*"));
	run_operation();
	for (int i = 0; i < WORKERS; i++)
		ck_assert(stands_still(i));
	kill(init, SIGKILL);
	ck_assert(ends(init));
	undo_operation();
	for (int i = 0; i < WORKERS; i++) {
		ck_assert(moves(i));
		kill(worker_pids[i], SIGKILL);
	}
	init = 0;
}
END_TEST

/* --- the freezer --- */

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[192];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

/* A cgroup with a worker in it; false where there is no freezer of version 1 to make one in (that
 * of version 2 is tested with containers, in the user-mode kernel). */
static bool start_in_cgroup(void)
{
	char pid[32];

	snprintf(group, sizeof(group), FREEZER_OF_TEST, getpid());
	if (mkdir(group, 0755) < 0) {
		group[0] = '\0';
		return false;
	}
	start_worker();
	snprintf(pid, sizeof(pid), "%d", init);
	write_file(group, "cgroup.procs", pid);
	operation.type = OPERATION_FREEZE;
	snprintf(operation.cgroup, sizeof(operation.cgroup), "%s", group);
	operation.cgroup_version = 1;
	return true;
}

START_TEST(a_cgroup_is_frozen_and_thawed)
{
	struct cgroup found;

	if (!start_in_cgroup())
		return;
	ck_assert_int_eq(cgroup_of(init, &found, &err), 0);
	ck_assert_str_eq(found.directory, group);
	ck_assert_uint_eq(found.version, 1);
	ck_assert(!found.root);
	run_operation();
	ck_assert(stands_still(0));
	refused("paused already");
	undo_operation();
	ck_assert_uint_eq(evidence.processes, 1);
	ck_assert(moves(0));
	undo_operation();
	ck_assert(moves(0));
}
END_TEST

START_TEST(a_cgroup_that_is_gone_needs_no_undo)
{
	if (!start_in_cgroup())
		return;
	run_operation();
	undo_operation();
	kill(init, SIGKILL);
	waitpid(init, NULL, 0);
	init = 0;
	ck_assert_int_eq(rmdir(group), 0);
	group[0] = '\0';
	undo_operation();
}
END_TEST

/* The container was started again, and somebody paused it. */
START_TEST(a_cgroup_of_the_same_name_is_left_alone)
{
	if (!start_in_cgroup())
		return;
	run_operation();
	write_file(group, "freezer.state", "THAWED");
	kill(init, SIGKILL);
	waitpid(init, NULL, 0);
	ck_assert_int_eq(rmdir(group), 0);
	ck_assert(start_in_cgroup());
	write_file(group, "freezer.state", "FROZEN");
	undo_operation();
	ck_assert(stands_still(0));
	write_file(group, "freezer.state", "THAWED");
	ck_assert(moves(0));
}
END_TEST

/* One that cannot be looked at is not taken for one that is gone. */
START_TEST(a_cgroup_that_cannot_be_seen_is_not_put_back)
{
	char loop[64];

	snprintf(loop, sizeof(loop), "/tmp/perturb-test-loop-%d", (int)getpid());
	ck_assert_int_eq(symlink(loop, loop), 0);
	operation = (struct operation){
		.type = OPERATION_FREEZE, .pid = init, .cgroup_version = 1, .cgroup_inode = 42};
	snprintf(operation.cgroup, sizeof(operation.cgroup), "%s", loop);
	ck_assert_int_eq(operation_freeze.undo(&context, &operation, &evidence, &err), -1);
	ck_assert_int_eq(err.sys, ELOOP);
	ck_assert_int_eq(unlink(loop), 0);
}
END_TEST

/* Somebody froze what is around the container; that is not ours to end, nor to wait for. */
START_TEST(a_frozen_parent_is_left_alone)
{
	char inner[160];
	char pid[32];
	double begin;

	if (!start_in_cgroup())
		return;
	snprintf(inner, sizeof(inner), "%s/inner", group);
	ck_assert_int_eq(mkdir(inner, 0755), 0);
	snprintf(pid, sizeof(pid), "%d", init);
	write_file(inner, "cgroup.procs", pid);
	snprintf(operation.cgroup, sizeof(operation.cgroup), "%s", inner);
	run_operation();
	write_file(group, "freezer.state", "FROZEN");
	begin = now();
	undo_operation();
	ck_assert_double_lt(now() - begin, 1.0);
	ck_assert(stands_still(0));
	write_file(group, "freezer.state", "THAWED");
	ck_assert(moves(0));
}
END_TEST

/* --- plans --- */

static int plan(const struct fault_kind *kind, pid_t pid)
{
	struct instance instance = {.kind = INSTANCE_PROCESS, .pid = pid};
	struct fault_params params = {.signal = SIGTERM};
	struct features features = {0};

	return kind->plan(kind, &params, &instance, ENGINE_AUTO, &features, &list, &err);
}

START_TEST(a_namespace_has_no_process_to_hit)
{
	ck_assert_int_eq(plan(&fault_kill, 0), -1);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(a_process_is_paused_by_a_signal)
{
	start_worker();
	ck_assert_int_eq(plan(&fault_pause, init), 0);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_int_eq(list.items[0].type, OPERATION_STOP);
	ck_assert_str_eq(list.items[0].command, "");
}
END_TEST

START_TEST(a_command_needs_a_container)
{
	struct instance instance = {.kind = INSTANCE_PROCESS, .pid = getpid()};
	struct fault_params params = {.signal = SIGTERM, .command = "worker"};
	struct features features = {0};

	ck_assert_int_eq(fault_kill.plan(&fault_kill, &params, &instance, ENGINE_AUTO, &features,
				 &list, &err),
		-1);
	ck_assert_ptr_nonnull(strstr(err.message, "container"));
}
END_TEST

static const char *described(const struct operation *shown)
{
	static char text[1024];
	FILE *file = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(file);
	operation_ops(shown->type)->describe(shown, file);
	ck_assert_int_eq(fclose(file), 0);
	return text;
}

START_TEST(the_equal_commands_are_shown)
{
	struct operation shown = {.type = OPERATION_SIGNAL, .pid = 42, .signal = SIGTERM};

	ck_assert_str_eq(described(&shown), "kill -s TERM 42");
	memcpy(shown.command, "a b", sizeof("a b"));
	ck_assert_str_eq(described(&shown), "pkill -TERM --ns 42 --nslist pid -f 'a b'");
	shown = (struct operation){.type = OPERATION_STOP, .pid = 42};
	ck_assert_str_eq(described(&shown), "kill -s STOP 42");
	shown = (struct operation){
		.type = OPERATION_FREEZE, .cgroup = "/cg/freezer/x", .cgroup_version = 1};
	ck_assert_str_eq(described(&shown), "echo FROZEN > /cg/freezer/x/freezer.state");
	shown.cgroup_version = 2;
	ck_assert_str_eq(described(&shown), "echo 1 > /cg/freezer/x/cgroup.freeze");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process operations");
	TCase *cases = tcase_create("process operations");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(cases, 30);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_signal_ends_the_process);
	tcase_add_test(cases, another_process_with_the_same_pid_is_not_hit);
	tcase_add_test(cases, a_command_chooses_within_the_container);
	tcase_add_test(cases, a_command_that_nobody_has_is_an_error);
	tcase_add_test(cases, a_process_is_stopped_and_goes_on);
	tcase_add_test(cases, a_whole_container_is_stopped_and_goes_on);
	tcase_add_test(cases, what_has_ended_needs_no_undo);
	tcase_add_test(cases, what_the_first_process_leaves_behind_goes_on);
	tcase_add_test(cases, a_cgroup_is_frozen_and_thawed);
	tcase_add_test(cases, a_cgroup_that_is_gone_needs_no_undo);
	tcase_add_test(cases, a_cgroup_of_the_same_name_is_left_alone);
	tcase_add_test(cases, a_cgroup_that_cannot_be_seen_is_not_put_back);
	tcase_add_test(cases, a_frozen_parent_is_left_alone);
	tcase_add_test(cases, a_namespace_has_no_process_to_hit);
	tcase_add_test(cases, a_process_is_paused_by_a_signal);
	tcase_add_test(cases, a_command_needs_a_container);
	tcase_add_test(cases, the_equal_commands_are_shown);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
