/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc says about processes that this test starts, with names that are hard to read. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/proc.h"

static struct err err;
static pid_t child;

static void setup(void)
{
	memset(&err, 0, sizeof(err));
	child = 0;
}

static void end_child(void)
{
	if (child <= 0)
		return;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	child = 0;
}

/* Forks; returns in the child with 0, and in the parent once the child has written to ready, or has
 * closed it. */
static pid_t fork_ready(int *ret_ready)
{
	int ends[2];
	char byte;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		close(ends[0]);
		*ret_ready = ends[1];
		return 0;
	}
	close(ends[1]);
	ck_assert_int_ge(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	return child;
}

static void say_ready_and_wait(int ready)
{
	if (write(ready, "r", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

START_TEST(a_command_may_look_like_the_rest_of_the_line)
{
	struct proc_stat stat;
	int ready;

	if (fork_ready(&ready) == 0) {
		prctl(PR_SET_NAME, ") Z 1 (x) R 2");
		say_ready_and_wait(ready);
	}
	ck_assert_int_eq(proc_stat(child, &stat, &err), 0);
	ck_assert_str_eq(stat.comm, ") Z 1 (x) R 2");
	ck_assert_int_eq(stat.parent, getpid());
	ck_assert(stat.state == 'S' || stat.state == 'R');
	ck_assert(!stat.kernel_thread);
}
END_TEST

START_TEST(the_start_time_tells_processes_apart)
{
	uint64_t own = 0;
	uint64_t theirs = 0;
	int ready;

	/* Ticks are 10 ms long. */
	usleep(30000);
	if (fork_ready(&ready) == 0)
		say_ready_and_wait(ready);
	ck_assert_int_eq(proc_start_time(getpid(), &own, &err), 0);
	ck_assert_int_eq(proc_start_time(child, &theirs, &err), 0);
	ck_assert_uint_gt(theirs, own);
	ck_assert(proc_alive(child, theirs));
	ck_assert(!proc_alive(child, own));
}
END_TEST

START_TEST(a_zombie_is_not_alive)
{
	siginfo_t info;
	uint64_t start = 0;
	pid_t pid;
	int ready;

	pid = fork_ready(&ready);
	if (pid == 0)
		say_ready_and_wait(ready);
	ck_assert_int_eq(proc_start_time(pid, &start, &err), 0);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert(!proc_alive(pid, start));
	end_child();
	ck_assert(!proc_alive(pid, start));
}
END_TEST

START_TEST(there_is_no_such_process)
{
	struct proc_stat stat;
	uint64_t device = 0;
	uint64_t inode = 0;
	pid_t gone;
	int ready;

	gone = fork_ready(&ready);
	if (gone == 0)
		_exit(0);
	end_child();
	ck_assert_int_eq(proc_stat(gone, &stat, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_int_eq(err.sys, ENOENT);
	ck_assert_int_eq(proc_netns(gone, &device, &inode, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
}
END_TEST

START_TEST(network_namespaces_are_told_apart)
{
	struct stat status;
	uint64_t own_device = 0;
	uint64_t own_inode = 0;
	uint64_t device = 0;
	uint64_t inode = 0;
	int ready;

	if (fork_ready(&ready) == 0) {
		if (unshare(CLONE_NEWNET) < 0)
			_exit(1);
		say_ready_and_wait(ready);
	}
	ck_assert_int_eq(proc_netns(getpid(), &own_device, &own_inode, &err), 0);
	ck_assert_msg(proc_netns(child, &device, &inode, &err) == 0, "these tests need root");
	ck_assert_int_eq(stat("/proc/self/ns/net", &status), 0);
	ck_assert_uint_eq(own_device, status.st_dev);
	ck_assert_uint_eq(own_inode, status.st_ino);
	ck_assert_uint_ne(inode, own_inode);
}
END_TEST

static void start_sleep(const char *argument_zero)
{
	int ready;

	if (fork_ready(&ready) == 0) {
		/* The parent awaits the end of the pipe, which comes with the exec. */
		if (fcntl(ready, F_SETFD, FD_CLOEXEC) == 0)
			execl("/bin/sleep", argument_zero, "600", NULL);
		_exit(127);
	}
}

START_TEST(a_command_has_three_names)
{
	struct proc_command command;

	start_sleep("/opt/odd tools/my worker");
	proc_command(child, &command);
	ck_assert_str_eq(command.name, "sleep");
	ck_assert_str_eq(command.program, "my worker");
	ck_assert_str_eq(command.line, "/opt/odd tools/my worker 600");
	ck_assert(proc_command_matches(child, "sleep"));
	ck_assert(proc_command_matches(child, "my w*"));
	ck_assert(proc_command_matches(child, "*tools*600"));
	ck_assert(!proc_command_matches(child, "tools"));
	ck_assert(!proc_command_matches(child, ""));
}
END_TEST

START_TEST(a_long_command_line_is_cut)
{
	struct proc_command command;
	char *name = malloc(100001);

	ck_assert_ptr_nonnull(name);
	memset(name, 'x', 100000);
	name[100000] = '\0';
	start_sleep(name);
	proc_command(child, &command);
	ck_assert_uint_eq(strlen(command.line), sizeof(command.line) - 1);
	ck_assert_uint_eq(strlen(command.program), sizeof(command.program) - 1);
	free(name);
}
END_TEST

START_TEST(a_process_without_arguments_has_one_name)
{
	struct proc_command command;
	struct proc_stat stat;

	/* The kernel's own first thread, where it can be seen. */
	if (proc_stat(2, &stat, &err) < 0 || !stat.kernel_thread)
		return;
	proc_command(2, &command);
	ck_assert_str_eq(command.name, "kthreadd");
	ck_assert_str_eq(command.program, "");
	ck_assert_str_eq(command.line, "");
	ck_assert(!proc_command_matches(2, ""));
}
END_TEST

struct seen {
	bool self;
	size_t calls;
};

static bool look(pid_t pid, void *data)
{
	struct seen *seen = data;

	seen->calls++;
	seen->self = pid == getpid();
	return !seen->self;
}

START_TEST(every_process_is_visited_until_one_is_enough)
{
	struct seen seen = {0};
	struct seen once = {0};

	ck_assert_int_eq(proc_each(look, &seen, &err), 0);
	/* The one that said "enough" was the last. */
	ck_assert(seen.self);
	ck_assert_uint_gt(seen.calls, 0);
	ck_assert_int_eq(proc_each(look, &once, &err), 0);
	ck_assert(once.self);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proc");
	TCase *cases = tcase_create("proc");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, end_child);
	tcase_add_test(cases, a_command_may_look_like_the_rest_of_the_line);
	tcase_add_test(cases, the_start_time_tells_processes_apart);
	tcase_add_test(cases, a_zombie_is_not_alive);
	tcase_add_test(cases, there_is_no_such_process);
	tcase_add_test(cases, network_namespaces_are_told_apart);
	tcase_add_test(cases, a_command_has_three_names);
	tcase_add_test(cases, a_long_command_line_is_cut);
	tcase_add_test(cases, a_process_without_arguments_has_one_name);
	tcase_add_test(cases, every_process_is_visited_until_one_is_enough);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
