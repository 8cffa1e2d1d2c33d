/* SPDX-License-Identifier: Apache-2.0 */
/* What a limited process can still do, and what it cannot. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "faults/system_calls.h"
#include "reports/mem.h"

typedef int limiter(struct err *err);

/* Runs the function in a child that has limited itself; its result, at most 255. */
static int in_limited_child(limiter *limit, int (*function)(void))
{
	struct err err = {0};
	int status = -1;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(limit(&err) == 0 ? function() : 255);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* Fails as if the kernel did not have it. */
static bool unknown(long result)
{
	return result == -1 && errno == ENOSYS;
}

static int try_what_takes_over(void)
{
	static char program[] = "/bin/true";
	char *const arguments[] = {program, NULL};

	if (!unknown(execv(program, arguments)))
		return 1;
	if (!unknown(syscall(SYS_execveat, AT_FDCWD, program, arguments, NULL, 0)))
		return 2;
	if (!unknown(syscall(SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL)))
		return 3;
	if (!unknown(syscall(SYS_process_vm_writev, getpid(), NULL, 0, NULL, 0, 0)))
		return 4;
	if (!unknown(syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL)))
		return 5;
	if (!unknown(syscall(SYS_umount2, "/", 0)) || !unknown(syscall(SYS_pivot_root, "/", "/")))
		return 6;
	if (!unknown(syscall(SYS_init_module, NULL, 0, "")) ||
		!unknown(syscall(SYS_finit_module, -1, "", 0)))
		return 7;
	if (!unknown(syscall(SYS_open_by_handle_at, -1, NULL, 0)))
		return 8;
	if (!unknown(syscall(SYS_bpf, 0, NULL, 0)) ||
		!unknown(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0)))
		return 9;
	if (!unknown(syscall(SYS_keyctl, 0, 0, 0, 0, 0)))
		return 10;
	if (!unknown(syscall(SYS_reboot, 0, 0, 0, NULL)) ||
		!unknown(syscall(SYS_kexec_load, 0, 0, NULL, 0)))
		return 11;
	if (!unknown(syscall(SYS_chroot, "/")) || !unknown(syscall(SYS_mknodat, -1, "", 0, 0)))
		return 12;
	return 0;
}

/* Calls that are allowed, but not with these arguments. */
static int try_other_arguments(void)
{
	if (!unknown(syscall(SYS_unshare, CLONE_NEWUSER)) ||
		!unknown(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL)) ||
		!unknown(syscall(SYS_clone3, NULL, 0)))
		return 1;
	if (!unknown(setns(-1, CLONE_NEWNS)) || !unknown(setns(-1, 0)))
		return 2;
	if (!unknown(socket(AF_INET, SOCK_STREAM, 0)) ||
		!unknown(socket(AF_INET6, SOCK_DGRAM, 0)) ||
		!unknown(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)))
		return 3;
	if (!unknown(socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT)))
		return 4;
	if (!unknown(socket(AF_PACKET, SOCK_RAW, 0x0300))) /* ETH_P_ALL: one that listens */
		return 5;
	if (!unknown((long)mmap(
		    NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)))
		return 6;
	if (!unknown(prctl(PR_SET_KEEPCAPS, 1)))
		return 7;
	if (!unknown(syscall(SYS_ioctl, STDIN_FILENO, 0x5412, "x"))) /* TIOCSTI */
		return 8;
	return 0;
}

static void *do_nothing(void *data)
{
	return data;
}

static int do_what_a_custodian_does(void)
{
	pthread_t thread;
	const struct timespec moment = {.tv_nsec = 1000};
	cleanup_close int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	cleanup_close int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	cleanup_close int handle = (int)syscall(SYS_pidfd_open, getpid(), 0);
	cleanup_free char *memory = malloc(8 << 20);
	int pair[2];
	int status;
	pid_t child;

	if (own < 0 || netlink < 0 || handle < 0 || memory == NULL)
		return 1;
	memset(memory, 1, 8 << 20);
	if (setns(own, CLONE_NEWNET) < 0 && errno != EPERM)
		return 2;
	if (syscall(SYS_pidfd_send_signal, handle, 0, NULL, 0) < 0 || kill(getpid(), 0) < 0)
		return 3;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0 || send(pair[0], "x", 1, 0) != 1 ||
		recv(pair[1], memory, 1, 0) != 1)
		return 4;
	child = fork();
	if (child == 0)
		_exit(prctl(PR_SET_NAME, "relay") == 0 && system_calls_limit_relay(NULL) == 0 ? 7
											      : 8);
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
		WEXITSTATUS(status) != 7)
		return 5;
	if (nanosleep(&moment, NULL) < 0)
		return 6;
	/* The directory of the journals, on whatever architecture. */
	if (mkdir("/proc", 0700) == 0 || errno != EEXIST ||
		syscall(SYS_mkdirat, AT_FDCWD, "/proc", 0700) == 0 || errno != EEXIST)
		return 8;
	if (pthread_create(&thread, NULL, do_nothing, NULL) != 0 || pthread_join(thread, NULL) != 0)
		return 7;
	return 0;
}

static int try_what_the_resolver_does_not(void)
{
	static const int one = 1;

	if (!unknown(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)) || !unknown(bind(-1, NULL, 0)) ||
		!unknown(setsockopt(-1, SOL_SOCKET, SO_MARK, &one, sizeof(one))))
		return 10;
	return 0;
}

static int try_what_the_relay_does_not(void)
{
	if (!unknown(open("/dev/null", O_RDONLY)) || !unknown(socket(AF_UNIX, SOCK_STREAM, 0)) ||
		!unknown(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)))
		return 1;
	if (!unknown(fork()) || !unknown(kill(getpid(), 0)) || !unknown(setns(-1, CLONE_NEWNET)))
		return 2;
	if (!unknown(sched_setscheduler(1, SCHED_OTHER, &(struct sched_param){0})))
		return 3;
	return 0;
}

static void require_filters(void)
{
	/* The build machines have them; a kernel that has not cannot be tested. */
	ck_assert(system_calls_can_limit());
}

START_TEST(the_custodian_takes_nothing_over)
{
	ck_assert_int_eq(in_limited_child(system_calls_limit_custodian, try_what_takes_over), 0);
}
END_TEST

START_TEST(the_custodian_is_held_to_its_arguments)
{
	ck_assert_int_eq(in_limited_child(system_calls_limit_custodian, try_other_arguments), 0);
}
END_TEST

START_TEST(the_custodian_does_its_work)
{
	ck_assert_int_eq(
		in_limited_child(system_calls_limit_custodian, do_what_a_custodian_does), 0);
}
END_TEST

START_TEST(the_relay_can_do_less)
{
	ck_assert_int_eq(in_limited_child(system_calls_limit_relay, try_what_takes_over), 0);
	ck_assert_int_eq(in_limited_child(system_calls_limit_relay, try_other_arguments), 0);
	ck_assert_int_eq(
		in_limited_child(system_calls_limit_relay, try_what_the_relay_does_not), 0);
}
END_TEST

START_TEST(the_resolver_can_do_less)
{
	ck_assert_int_eq(in_limited_child(system_calls_limit_resolver, try_what_takes_over), 0);
	ck_assert_int_eq(in_limited_child(system_calls_limit_resolver, try_other_arguments), 0);
	ck_assert_int_eq(
		in_limited_child(system_calls_limit_resolver, try_what_the_relay_does_not), 0);
	ck_assert_int_eq(
		in_limited_child(system_calls_limit_resolver, try_what_the_resolver_does_not), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("system_calls");
	TCase *cases = tcase_create("system_calls");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, require_filters, NULL);
	tcase_add_test(cases, the_custodian_takes_nothing_over);
	tcase_add_test(cases, the_custodian_is_held_to_its_arguments);
	tcase_add_test(cases, the_custodian_does_its_work);
	tcase_add_test(cases, the_relay_can_do_less);
	tcase_add_test(cases, the_resolver_can_do_less);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
