/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/exec_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/privileges.h"

#define CONTROL_FD 3
#define REPORT_FD  4
#define FREE_FD	   16 /* above those that get a fixed place */

#define SIGNAL_SET_SIZE 8 /* the kernel's, in bytes: a bit for each of 64 */

#define SWEEPS_MAX 2000 /* a millisecond each: what is stuck in the kernel does not end */

/* For good, and all three ids. By the system calls themselves: the C library's functions want to
 * tell threads that are not here. */
static int become_user(void)
{
	struct err ignored;
	uid_t uid;
	gid_t gid;

	if (getresuid(&uid, &uid, &uid) < 0 || getresgid(&gid, &gid, &gid) < 0 ||
		syscall(SYS_setresgid, gid, gid, gid) < 0 ||
		syscall(SYS_setresuid, uid, uid, uid) < 0)
		return -1;
	return privileges_keep(0, &ignored);
}

/* Nothing that perturb, or who started it, ignores is the program's concern. By the system call,
 * because the C library keeps 32 and 33 for itself and would leave them ignored. Zeroes are SIG_DFL
 * without flags, however the kernel's structure is laid out. */
static void reset_signals(void)
{
	static const uint64_t standard[8];

	for (int number = 1; number < NSIG; number++)
		(void)syscall(SYS_rt_sigaction, number, standard, NULL, SIGNAL_SET_SIZE);
}

/* Standard input and error nowhere, the three of ours in their places, and nothing else. */
static int keep_descriptors(int output, int control, int report)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fds[] = {null, output, null, control, report};

	for (int i = 0; i <= REPORT_FD; i++) {
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FREE_FD);
		if (fds[i] < 0)
			return -1;
	}
	for (int i = 0; i <= REPORT_FD; i++)
		if (dup3(fds[i], i, i >= CONTROL_FD ? O_CLOEXEC : 0) < 0)
			return -1;
	return close_range(REPORT_FD + 1, ~0U, 0);
}

static void say(enum exec_end end, int status)
{
	const struct exec_report report = {
		.ended_ns = monotonic_ns(), .end = end, .status = status};
	const ssize_t written = write(REPORT_FD, &report, sizeof(report));

	(void)written; /* perturb is gone, or does not want to know any more */
}

/* The first of the files that can be executed. What has no right beginning is no program: no shell
 * is tried on it. */
static int execute(const struct exec_program *program)
{
	int error = ENOENT;

	for (char *const *file = program->files; *file != NULL; file++) {
		execve(*file, program->arguments, program->environment);
		if (errno != ENOENT && errno != ENOTDIR)
			error = errno;
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			break;
	}
	return error;
}

static _Noreturn void become_program(const struct exec_program *program, pid_t keeper)
{
	sigset_t none;

	sigemptyset(&none);
	/* After the change of ids, which takes it back. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper)
		_exit(127);
	(void)setsid();
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (program->directory != NULL && chdir(program->directory) < 0)
		say(EXEC_NOT_STARTED, errno);
	else
		say(EXEC_NOT_STARTED, execute(program));
	_exit(127);
}

/* Sends SIGKILL to every child that there is now. */
static void kill_children(void)
{
	char text[4096];
	const int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	const ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text));
	pid_t pid = 0;

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < length; i++) {
		if (text[i] >= '0' && text[i] <= '9') {
			pid = pid * 10 + (text[i] - '0');
			continue;
		}
		if (pid > 1)
			(void)kill(pid, SIGKILL);
		pid = 0;
	}
}

/* False: there are no more children. */
static bool reap_ended(void)
{
	siginfo_t ended;

	do {
		ended.si_pid = 0;
		if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG) < 0)
			return errno != ECHILD;
	} while (ended.si_pid != 0);
	return true;
}

/* The children of those that are killed become ours, until there are none. The program has not been
 * reaped yet, so that its number is no other's. */
static void end_all(pid_t program)
{
	(void)kill(-program, SIGKILL);
	(void)kill(program, SIGKILL);
	for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
		kill_children();
		if (!reap_ended())
			return;
		(void)poll(NULL, 0, 1);
	}
}

/* Until the program has ended, or perturb wants that. */
static void await(pid_t program)
{
	struct pollfd waited[] = {
		{.fd = CONTROL_FD, .events = POLLIN},
		{.fd = (int)syscall(SYS_pidfd_open, program, 0), .events = POLLIN},
	};
	siginfo_t ended = {0};

	if (waited[1].fd < 0) {
		say(EXEC_NOT_STARTED, errno);
		return;
	}
	while (poll(waited, 2, -1) < 0 && errno == EINTR)
		;
	if (waited[0].revents != 0 || waitid(P_PID, (id_t)program, &ended, WEXITED | WNOWAIT) < 0)
		return;
	say(ended.si_code == CLD_EXITED ? EXEC_EXITED : EXEC_KILLED, ended.si_status);
}

_Noreturn void exec_keep(const struct exec_program *program, int output, int control, int report)
{
	const pid_t keeper = getpid();
	sigset_t all;
	pid_t pid;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	reset_signals();
	(void)setsid();
	(void)prctl(PR_SET_NAME, "perturb-keeper");
	if (keep_descriptors(output, control, report) < 0)
		_exit(1);
	if (become_user() < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
		say(EXEC_NOT_STARTED, errno);
		_exit(1);
	}
	pid = fork();
	if (pid == 0)
		become_program(program, keeper);
	if (pid < 0) {
		say(EXEC_NOT_STARTED, errno);
		_exit(1);
	}
	(void)dup2(STDIN_FILENO, STDOUT_FILENO); /* it is the program's alone */
	await(pid);
	end_all(pid);
	_exit(0);
}
