/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sweep OPTION… -- COMMAND… - runs perturb again and again, and each time kills one of its
 * processes right after another system call that changed something. Whatever was killed, and
 * whenever: as soon as the last process is gone, everything must be as it was.
 *
 *     --victim NAME    main, custodian, standby, relay, keepers (custodian and standby), all,
 *                      all-but-relay, all-but-standby, or none: then it only counts, and prints a
 *                      line "ROLE POINTS" for each role, and the total
 *     --point N        only after the Nth such call (of all processes together)
 *     --at-most N      no more points than this, evenly spread
 *     --state SHELL    prints the state that is compared
 *     --recover SHELL  puts back what is left when nobody is there to do it
 *     --repair SHELL   makes everything good again after a point that failed
 *
 * Points lie only where the victim is alive. A failing point is told with its number. The last line
 * is "POINTS points, FAILED failed, MISSED missed, slowest MS ms"; a point is missed when the run
 * went another way than the one that was counted.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_MAX 64
#define JOURNALS      "/run/perturb"

/* A run that takes longer hangs: it is one of a few hundred milliseconds. */
#define RUN_LIMIT_MS 30000

#define ALARM_S 120

/* For whoever survives to put everything back and to end. */
#define END_LIMIT_MS 2000

enum role { ROLE_MAIN, ROLE_CUSTODIAN, ROLE_STANDBY, ROLE_RELAY, ROLE_COUNT };

static const char *const role_names[ROLE_COUNT] = {"main", "custodian", "standby", "relay"};

#define BIT(role) (1U << (role))

/* Who is killed, and whose life has the points at which that makes sense. */
struct victim {
	const char *name;
	unsigned int roles;
	unsigned int lives;
};

#define HELPERS	 (BIT(ROLE_CUSTODIAN) | BIT(ROLE_STANDBY) | BIT(ROLE_RELAY))
#define KEEPERS	 (BIT(ROLE_CUSTODIAN) | BIT(ROLE_STANDBY))
#define EVERYONE (BIT(ROLE_MAIN) | HELPERS)

static const struct victim victims[] = {
	{"none", 0, 0},
	{"main", BIT(ROLE_MAIN), BIT(ROLE_MAIN)},
	{"custodian", BIT(ROLE_CUSTODIAN), BIT(ROLE_CUSTODIAN)},
	{"standby", BIT(ROLE_STANDBY), BIT(ROLE_STANDBY)},
	{"relay", BIT(ROLE_RELAY), BIT(ROLE_RELAY)},
	{"all-but-standby", EVERYONE & ~BIT(ROLE_STANDBY), BIT(ROLE_CUSTODIAN)},
	{"keepers", KEEPERS, BIT(ROLE_CUSTODIAN)},
	{"all", EVERYONE, HELPERS},
	{"all-but-relay", EVERYONE & ~BIT(ROLE_RELAY), BIT(ROLE_RELAY)},
};

struct process {
	pid_t pid;
	pid_t parent;
	enum role role;
	bool named; /* its role is known by its own name, and does not change any more */
	long call;  /* the system call that it is in, or -1 */
	uint64_t arguments[6];
	bool closes; /* the call is a close of something that matters */
};

struct options {
	const char *state;
	const char *recover;
	const char *repair;
	char **command;
	const struct victim *victim;
	unsigned int point; /* 0: all */
	unsigned int at_most;
};

/* What is known of one run. */
struct round {
	struct process processes[PROCESSES_MAX];
	size_t count;
	unsigned int kill_at;
	unsigned int victims; /* a bit for each role */
	unsigned int points;
	unsigned int role_points[ROLE_COUNT];
	unsigned int first[ROLE_COUNT]; /* points at which a process of the role was alive */
	unsigned int last[ROLE_COUNT];
	int64_t killed_ns;
	char where[128]; /* the point at which something was killed */
	int main_status; /* of waitpid; -1: unknown */
	char failure[256];
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "sweep: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

__attribute__((format(printf, 2, 3))) static void note(struct round *round, const char *format, ...)
{
	va_list arguments;

	if (round->failure[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(round->failure, sizeof(round->failure), format, arguments);
	va_end(arguments);
}

/* --- processes and their roles --- */

static struct process *find(struct round *round, pid_t pid)
{
	for (size_t i = 0; i < round->count; i++)
		if (round->processes[i].pid == pid)
			return &round->processes[i];
	return NULL;
}

static struct process *add(struct round *round, pid_t pid, pid_t parent)
{
	struct process *process = find(round, pid);

	if (process == NULL) {
		if (round->count == PROCESSES_MAX) {
			errno = E2BIG;
			fail("processes");
		}
		process = &round->processes[round->count++];
		*process = (struct process){.pid = pid, .call = -1};
	}
	if (parent != 0)
		process->parent = parent;
	return process;
}

static bool alive(const struct round *round, enum role role)
{
	for (size_t i = 0; i < round->count; i++)
		if (round->processes[i].role == role)
			return true;
	return false;
}

static void forget(struct round *round, const struct process *process)
{
	round->processes[process - round->processes] = round->processes[--round->count];
}

/* By the name that it gave itself. */
static bool name_of(pid_t pid, enum role *ret_role)
{
	static const char *const names[ROLE_COUNT] = {
		"", "perturb-custod", "perturb-standby", "perturb-relay"};
	char path[64];
	char name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	if (fscanf(file, "%31s", name) != 1)
		name[0] = '\0';
	fclose(file);
	for (int role = ROLE_CUSTODIAN; role < ROLE_COUNT; role++) {
		if (strcmp(name, names[role]) == 0) {
			*ret_role = (enum role)role;
			return true;
		}
	}
	return false;
}

/* One that has just been forked has its parent's name yet: then its parent tells. */
static void determine_role(struct round *round, struct process *process)
{
	const struct process *parent = find(round, process->parent);
	enum role role;

	if (process->named)
		return;
	if (name_of(process->pid, &role) && (parent == NULL || parent->role != role)) {
		process->role = role;
		process->named = true;
	} else if (parent == NULL)
		process->role = ROLE_MAIN;
	else if (parent->role == ROLE_CUSTODIAN)
		process->role = ROLE_RELAY;
	else
		process->role = ROLE_CUSTODIAN;
	if (process->role == ROLE_MAIN)
		process->named = true;
}

/* A process that was just forked, or a thread, which belongs to its process. */
static void add_child(struct round *round, pid_t parent, int event)
{
	unsigned long child;
	struct process *added;

	if (ptrace(PTRACE_GETEVENTMSG, parent, 0L, &child) < 0)
		return;
	added = add(round, (pid_t)child, parent);
	if (event == PTRACE_EVENT_CLONE) {
		added->role = find(round, parent)->role;
		added->named = true;
	} else {
		determine_role(round, added);
	}
}

static bool is_birth(int event)
{
	return event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	       event == PTRACE_EVENT_CLONE;
}

/* --- which calls count --- */

static bool read_memory(pid_t pid, uint64_t address, void *buffer, size_t size)
{
	struct iovec here = {buffer, size};
	struct iovec there = {(void *)(uintptr_t)address, size};

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* Only asks, as nearly half of all netlink messages do. */
static bool is_question(pid_t pid, uint64_t header)
{
	struct msghdr message = {0};
	struct sockaddr_nl name = {0};
	struct iovec vector = {0};
	struct nlmsghdr first = {0};

	return read_memory(pid, header, &message, sizeof(message)) && message.msg_name != NULL &&
	       read_memory(pid, (uintptr_t)message.msg_name, &name, sizeof(name)) &&
	       name.nl_family == AF_NETLINK && message.msg_iovlen != 0 &&
	       read_memory(pid, (uintptr_t)message.msg_iov, &vector, sizeof(vector)) &&
	       read_memory(pid, (uintptr_t)vector.iov_base, &first, sizeof(first)) &&
	       first.nlmsg_type >= 16 && (first.nlmsg_type & 3) == 2;
}

/* Does closing it tell somebody something, or end a device? */
static bool is_worth_closing(pid_t pid, uint64_t fd)
{
	char path[64];
	char target[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, (int)fd);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return strncmp(target, "socket:", 7) == 0 || strcmp(target, "/dev/net/tun") == 0;
}

/* Asks about an interface. */
static bool is_query(uint64_t request)
{
	return request == SIOCGIFNAME || request == SIOCGIFFLAGS || request == SIOCGIFMTU ||
	       request == SIOCGIFHWADDR || request == SIOCGIFINDEX;
}

static const struct {
	long number;
	const char *name;
} changes[] = {
#ifdef SYS_fork
	{SYS_fork, "fork"},
	{SYS_vfork, "vfork"},
	{SYS_mkdir, "mkdir"},
	{SYS_unlink, "unlink"},
	{SYS_rename, "rename"},
	{SYS_link, "link"},
	{SYS_open, "open"},
#endif
	{SYS_clone, "clone"},
	{SYS_clone3, "clone3"},
	{SYS_sendto, "sendto"},
	{SYS_sendmsg, "sendmsg"},
	{SYS_sendmmsg, "sendmmsg"},
	{SYS_write, "write"},
	{SYS_pwrite64, "pwrite"},
	{SYS_writev, "writev"},
	{SYS_openat, "openat"},
	{SYS_mkdirat, "mkdirat"},
	{SYS_unlinkat, "unlinkat"},
	{SYS_renameat2, "renameat2"},
	{SYS_linkat, "linkat"},
	{SYS_ioctl, "ioctl"},
	{SYS_setns, "setns"},
	{SYS_kill, "kill"},
	{SYS_tgkill, "tgkill"},
	{SYS_pidfd_send_signal, "pidfd_send_signal"},
	{SYS_fsync, "fsync"},
	{SYS_fdatasync, "fdatasync"},
	{SYS_flock, "flock"},
	{SYS_socket, "socket"},
	{SYS_socketpair, "socketpair"},
	{SYS_close, "close"},
};

/* The name of a call that has just changed something, or NULL. */
static const char *change_of(const struct process *process)
{
	const uint64_t *arguments = process->arguments;
	size_t i = 0;

	while (i < sizeof(changes) / sizeof(changes[0]) && changes[i].number != process->call)
		i++;
	if (i == sizeof(changes) / sizeof(changes[0]))
		return NULL;
	switch (process->call) {
	case SYS_write:
	case SYS_writev:
		/* Standard output and error. */
		return arguments[0] <= 2 ? NULL : changes[i].name;
	case SYS_sendmsg:
		return is_question(process->pid, arguments[1]) ? NULL : changes[i].name;
#ifdef SYS_open
	case SYS_open:
		return (arguments[1] & O_CREAT) == 0 ? NULL : changes[i].name;
#endif
	case SYS_openat:
		return (arguments[2] & O_CREAT) == 0 ? NULL : changes[i].name;
	case SYS_ioctl:
		return is_query(arguments[1]) ? NULL : changes[i].name;
	case SYS_close:
		return process->closes ? changes[i].name : NULL;
	default:
		return changes[i].name;
	}
}

/* --- one run under the tracer --- */

static void let_on(pid_t pid, int signal)
{
	/* It may have been killed by another process meanwhile; waitpid will tell. */
	(void)ptrace(PTRACE_SYSCALL, pid, 0L, (long)signal);
}

static void count_point(struct round *round, const struct process *process, const char *change)
{
	round->points++;
	round->role_points[process->role]++;
	for (int role = 0; role < ROLE_COUNT; role++) {
		if (!alive(round, (enum role)role))
			continue;
		if (round->first[role] == 0)
			round->first[role] = round->points;
		round->last[role] = round->points;
	}
	snprintf(round->where, sizeof(round->where), "after %s of the %s", change,
		role_names[process->role]);
}

/* At the entry to a system call, or at its end; true when this is the point to kill at. */
static bool at_call(struct round *round, struct process *process)
{
	struct __ptrace_syscall_info info;
	const char *change;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info), &info) <= 0)
		return false;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		process->call = (long)info.entry.nr;
		for (size_t i = 0; i < 6; i++)
			process->arguments[i] = info.entry.args[i];
		process->closes = process->call == SYS_close &&
				  is_worth_closing(process->pid, process->arguments[0]);
		return false;
	}
	if (info.op != PTRACE_SYSCALL_INFO_EXIT || process->call < 0)
		return false;
	change = info.exit.is_error ? NULL : change_of(process);
	process->call = -1;
	if (change == NULL)
		return false;
	for (size_t i = 0; i < round->count; i++)
		determine_role(round, &round->processes[i]);
	count_point(round, process, change);
	return round->points == round->kill_at;
}

/* An end that nobody asked for. */
static void judge_end(struct round *round, const struct process *process, int status)
{
	bool killed = WIFSIGNALED(status);

	if (process != NULL && process->role == ROLE_MAIN)
		round->main_status = status;
	if (killed && WTERMSIG(status) != SIGKILL)
		note(round, "the %s died of signal %d",
			process != NULL ? role_names[process->role] : "process", WTERMSIG(status));
	else if (!killed && process != NULL && process->role != ROLE_MAIN &&
		 WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 3)
		note(round, "the %s exited with %d", role_names[process->role],
			WEXITSTATUS(status));
}

/* A change of state of a traced process. Returns true when it now stands at the point to kill at.
 */
static bool handle(struct round *round, pid_t pid, int status)
{
	struct process *process = add(round, pid, 0);
	int event = status >> 16;

	if (!WIFSTOPPED(status)) {
		judge_end(round, process, status);
		forget(round, process);
		return false;
	}
	if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
		if (at_call(round, process))
			return true;
		let_on(pid, 0);
	} else if (is_birth(event)) {
		add_child(round, pid, event);
		let_on(pid, 0);
	} else if (event == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP) {
		(void)ptrace(PTRACE_LISTEN, pid, 0L, 0L); /* stopped, and stays so */
	} else {
		let_on(pid, event == 0 ? WSTOPSIG(status) : 0);
	}
	return false;
}

/* Waits for a change of state; 0 when there is none before the time, -1 without children. */
static pid_t await(int64_t until_ns, int *ret_status)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		pid_t pid = waitpid(-1, ret_status, __WALL | WNOHANG);
		int64_t left = until_ns - now_ns();
		struct timespec timeout = {
			.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};

		if (pid != 0 || left <= 0)
			return pid;
		(void)sigtimedwait(&child, NULL, &timeout);
	}
}

/* Leaves a process to itself, whatever it is doing. */
static void release(struct round *round, pid_t pid, bool stands)
{
	int status;

	while (!stands) {
		if (ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0 && errno != EIO && errno != ESRCH)
			fail("PTRACE_INTERRUPT");
		if (waitpid(pid, &status, __WALL) != pid)
			return;
		if (!WIFSTOPPED(status)) {
			judge_end(round, find(round, pid), status);
			return;
		}
		if (is_birth(status >> 16))
			add_child(round, pid, status >> 16);
		/* A signal on its way is delivered. */
		if (status >> 16 == 0 && WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			(void)ptrace(PTRACE_DETACH, pid, 0L, (long)WSTOPSIG(status));
			return;
		}
		stands = true;
	}
	(void)ptrace(PTRACE_DETACH, pid, 0L, 0L);
}

static bool is_victim(const struct round *round, const struct process *process)
{
	return (round->victims & BIT(process->role)) != 0;
}

/* Only when their tracer knows of it, their parents are told; and a process is gone only after all
 * of its threads. */
static void bury_victims(struct round *round)
{
	size_t left = 0;
	int status;

	for (size_t i = 0; i < round->count; i++)
		left += is_victim(round, &round->processes[i]);
	while (left != 0) {
		pid_t pid = waitpid(-1, &status, __WALL);
		const struct process *process = find(round, pid);

		if (pid < 0)
			return;
		if (WIFSTOPPED(status))
			continue;
		judge_end(round, process, status);
		if (process == NULL)
			continue;
		left -= is_victim(round, process);
		forget(round, process);
	}
}

/* Kills the victims and lets the others go on by themselves. False when there is no victim. */
static bool kill_victims(struct round *round, pid_t standing)
{
	bool killed = false;

	round->killed_ns = now_ns();
	for (size_t i = 0; i < round->count; i++) {
		if (!is_victim(round, &round->processes[i]))
			continue;
		(void)kill(round->processes[i].pid, SIGKILL);
		killed = true;
	}
	if (!killed)
		return false;
	/* The list may grow meanwhile, by a child that is just being forked. */
	for (size_t i = 0; i < round->count; i++) {
		const struct process *process = &round->processes[i];

		if (is_victim(round, process))
			(void)kill(process->pid, SIGKILL);
		else
			release(round, process->pid, process->pid == standing);
	}
	bury_victims(round);
	return true;
}

static _Noreturn void run_command(char **command, int output, int start)
{
	sigset_t none;
	char byte;

	sigemptyset(&none);
	if (read(start, &byte, 1) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
		dup2(output, STDERR_FILENO) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(126);
	execv(command[0], command);
	_exit(127);
}

/* Starts the command, stopped until its tracer is there. */
static void start(struct round *round, char **command, int output)
{
	const long wanted = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			    PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
	int begin[2];
	pid_t pid;

	if (ftruncate(output, 0) < 0 || lseek(output, 0, SEEK_SET) < 0 ||
		pipe2(begin, O_CLOEXEC) < 0)
		fail("output");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		close(begin[1]);
		run_command(command, output, begin[0]);
	}
	close(begin[0]);
	if (ptrace(PTRACE_SEIZE, pid, 0L, wanted) < 0 || ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0)
		fail("PTRACE_SEIZE");
	close(begin[1]);
	add(round, pid, 0)->role = ROLE_MAIN;
	round->processes[0].named = true;
	round->main_status = -1;
}

/* Until all is over or, with a point to kill at, until somebody was killed there. True when
 * somebody was killed. */
static bool trace(struct round *round)
{
	int64_t until = now_ns() + (int64_t)RUN_LIMIT_MS * 1000000;
	bool killed;
	int status;
	pid_t pid;

	while ((pid = await(until, &status)) > 0) {
		if (!handle(round, pid, status))
			continue;
		killed = kill_victims(round, pid);
		if (killed)
			return true;
		let_on(pid, 0);
	}
	if (pid == 0) {
		note(round, "it hangs");
		for (size_t i = 0; i < round->count; i++)
			(void)kill(round->processes[i].pid, SIGKILL);
		while (waitpid(-1, &status, __WALL) > 0)
			;
	}
	return false;
}

/* Waits until nobody is left; kills who does not end in time. */
static void reap(struct round *round)
{
	int64_t until = now_ns() + (int64_t)END_LIMIT_MS * 1000000;
	int status;
	pid_t pid;

	while ((pid = await(until, &status)) > 0) {
		if (!WIFSTOPPED(status))
			judge_end(round, find(round, pid), status);
		/* The child of one that was killed in its fork. */
		else if ((round->victims & BIT(ROLE_RELAY)) != 0)
			(void)kill(pid, SIGKILL);
		else
			(void)ptrace(PTRACE_DETACH, pid, 0L, 0L);
	}
	if (pid < 0)
		return;
	note(round, "%d ms later, a process is left", END_LIMIT_MS);
	for (size_t i = 0; i < round->count; i++)
		(void)kill(round->processes[i].pid, SIGKILL);
	while (await(now_ns() + 1000000000, &status) > 0)
		;
}

/* --- what must be as it was --- */

/* The output of a shell command, heap; ret_status as of waitpid. */
static char *output_of(const char *command, int *ret_status)
{
	size_t used = 0;
	size_t size = 65536;
	char *text = malloc(size);
	FILE *pipe = popen(command, "re"); /* NOLINT(cert-env33-c) */
	size_t got;

	if (text == NULL || pipe == NULL)
		fail(command);
	while ((got = fread(text + used, 1, size - used - 1, pipe)) != 0) {
		used += got;
		if (used + 1 == size) {
			size *= 2;
			text = realloc(text, size);
			if (text == NULL)
				fail(command);
		}
	}
	text[used] = '\0';
	*ret_status = pclose(pipe);
	return text;
}

static char *take_state(const struct options *options)
{
	int status;
	char *state = output_of(options->state, &status);

	if (status != 0) {
		errno = EINVAL;
		fail(options->state);
	}
	return state;
}

static bool journal_left(void)
{
	DIR *directory = opendir(JOURNALS);
	const struct dirent *entry;
	bool found = false;

	if (directory == NULL)
		return false;
	while (!found && (entry = readdir(directory)) != NULL)
		found = strstr(entry->d_name, ".journal") != NULL;
	closedir(directory);
	return found;
}

static void print_lines(const char *prefix, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		printf("  | %s%.*s\n", prefix, (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static void print_output(int output)
{
	char text[4096];
	ssize_t length = pread(output, text, sizeof(text) - 1, 0);

	text[length > 0 ? length : 0] = '\0';
	print_lines("said: ", text);
}

static bool differs(const struct options *options, const char *before)
{
	char *now = take_state(options);
	bool result = strcmp(before, now) != 0;

	free(now);
	return result;
}

/* The main process, if it lives, has nobody left to put anything back: it must end and say so. */
static void await_main(const struct options *options, struct round *round, const char *before)
{
	int64_t until = now_ns() + (int64_t)END_LIMIT_MS * 1000000;
	int status;
	pid_t pid;

	while (round->main_status == -1 && (pid = await(until, &status)) > 0)
		if (!WIFSTOPPED(status))
			judge_end(round, find(round, pid), status);
	if (round->main_status == -1)
		note(round, "the main process does not end");
	else if (differs(options, before) && WIFEXITED(round->main_status) &&
		 WEXITSTATUS(round->main_status) != 5)
		note(round, "something is left, but perturb exited with %d",
			WEXITSTATUS(round->main_status));
}

/* Twice: what is put back already must not disturb it. */
static void recover(const struct options *options, struct round *round, const char *before)
{
	if ((round->victims & BIT(ROLE_MAIN)) == 0)
		await_main(options, round, before);
	for (int i = 0; i < 2; i++) {
		int status;
		char *said = output_of(options->recover, &status);

		if (status != 0)
			note(round, "recovery %d exited with %d: %.150s", i + 1,
				WEXITSTATUS(status), said);
		free(said);
	}
}

static void judge_status(struct round *round)
{
	int status = round->main_status;

	if ((round->victims & BIT(ROLE_MAIN)) != 0 || status == -1 || !WIFEXITED(status))
		return;
	if (WEXITSTATUS(status) == 5 && (round->victims & KEEPERS) == KEEPERS)
		return;
	if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 3 && WEXITSTATUS(status) != 4)
		note(round, "perturb exited with %d", WEXITSTATUS(status));
}

enum result { RESULT_PASSED, RESULT_FAILED, RESULT_MISSED };

static enum result one_point(
	const struct options *options, unsigned int point, int output, int64_t *ret_ns)
{
	struct round *round = calloc(1, sizeof(*round));
	enum result result;
	char *before = take_state(options);
	char *after;
	bool killed;
	bool nobody; /* is left to put back */

	if (round == NULL)
		fail("calloc");
	/* The end of the whole sweep, should a process neither run nor end. */
	alarm(ALARM_S);
	round->kill_at = point;
	round->victims = options->victim->roles;
	start(round, options->command, output);
	killed = trace(round);
	nobody = (round->victims & KEEPERS) == KEEPERS;
	/* A relay that lives on ends only after the recovery. */
	if (killed && nobody && options->victim->roles == EVERYONE)
		reap(round);
	if (killed && nobody)
		recover(options, round, before);
	reap(round);
	*ret_ns = killed ? now_ns() - round->killed_ns : 0;
	if (killed)
		judge_status(round);
	after = take_state(options);
	if (strcmp(before, after) != 0)
		note(round, "the state differs");
	if (journal_left())
		note(round, "a journal is left");
	result = round->failure[0] != '\0' ? RESULT_FAILED : killed ? RESULT_PASSED : RESULT_MISSED;
	if (result == RESULT_FAILED) {
		int status;

		printf("point %u (%s): %s\n", point, round->where, round->failure);
		if (strcmp(before, after) != 0) {
			print_lines("before: ", before);
			print_lines("after: ", after);
		}
		print_output(output);
		if (options->repair != NULL)
			free(output_of(options->repair, &status));
	}
	free(before);
	free(after);
	free(round);
	return result;
}

/* A run in which nobody is killed. */
static void count(const struct options *options, int output, struct round *ret_round)
{
	char *before = take_state(options);
	char *after;

	start(ret_round, options->command, output);
	(void)trace(ret_round);
	after = take_state(options);
	if (ret_round->failure[0] != '\0' || ret_round->main_status != 0 ||
		strcmp(before, after) != 0 || journal_left()) {
		print_output(output);
		fprintf(stderr, "sweep: already the undisturbed run failed: %s\n",
			ret_round->failure);
		exit(2);
	}
	free(before);
	free(after);
}

static void print_count(const struct round *round)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		if (round->first[role] != 0)
			printf("%s %u\n", role_names[role], round->role_points[role]);
	printf("total %u\n", round->points);
}

/* The points at which a victim is alive. */
static void range(const struct options *options, const struct round *counted,
	unsigned int *ret_first, unsigned int *ret_last)
{
	unsigned int first = counted->points + 1;
	unsigned int last = 0;

	for (int role = 0; role < ROLE_COUNT; role++) {
		if ((options->victim->lives & BIT(role)) == 0 || counted->first[role] == 0)
			continue;
		if (counted->first[role] < first)
			first = counted->first[role];
		if (counted->last[role] > last)
			last = counted->last[role];
	}
	*ret_first = options->point != 0 ? options->point : first;
	*ret_last = options->point != 0 ? options->point : last;
}

static int sweep(const struct options *options, int output)
{
	struct round *counted = calloc(1, sizeof(*counted));
	unsigned int results[3] = {0};
	unsigned int first;
	unsigned int last;
	unsigned int points;
	int64_t slowest = 0;

	if (counted == NULL)
		fail("calloc");
	count(options, output, counted);
	if (options->victim->roles == 0) {
		print_count(counted);
		free(counted);
		return 0;
	}
	range(options, counted, &first, &last);
	free(counted);
	points = last >= first ? last - first + 1 : 0;
	if (options->at_most != 0 && points > options->at_most)
		points = options->at_most;
	for (unsigned int i = 0; i < points; i++) {
		/* Evenly over the whole, both ends included. */
		unsigned int point =
			points == 1 ? first : first + (last - first) * i / (points - 1);
		int64_t took;

		results[one_point(options, point, output, &took)]++;
		if (took > slowest)
			slowest = took;
	}
	printf("%u points, %u failed, %u missed, slowest %lld ms\n", points, results[RESULT_FAILED],
		results[RESULT_MISSED], (long long)(slowest / 1000000));
	return results[RESULT_FAILED] != 0;
}

static void read_options(int argc, char **argv, struct options *options)
{
	static const struct option table[] = {
		{"victim", required_argument, NULL, 'v'},
		{"point", required_argument, NULL, 'p'},
		{"at-most", required_argument, NULL, 'm'},
		{"state", required_argument, NULL, 's'},
		{"recover", required_argument, NULL, 'r'},
		{"repair", required_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", table, NULL)) != -1) {
		switch (option) {
		case 'v':
			for (size_t i = 0; i < sizeof(victims) / sizeof(victims[0]); i++)
				if (strcmp(victims[i].name, optarg) == 0)
					options->victim = &victims[i];
			break;
		case 'p':
			options->point = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'm':
			options->at_most = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 's':
			options->state = optarg;
			break;
		case 'r':
			options->recover = optarg;
			break;
		case 'f':
			options->repair = optarg;
			break;
		default:
			options->victim = NULL;
			optind = argc;
			break;
		}
	}
	options->command = argv + optind;
	if (options->victim == NULL || options->state == NULL || optind == argc) {
		fputs("usage: sweep --victim ROLE --state SHELL [OPTION…] -- COMMAND…\n", stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct options options = {0};
	sigset_t child;
	int output;

	read_options(argc, argv, &options);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	output = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	/* Whoever loses his parent becomes a child of ours, so that none can get lost. */
	if (output < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ||
		sigprocmask(SIG_BLOCK, &child, NULL) < 0)
		fail("start");
	return sweep(&options, output);
}
