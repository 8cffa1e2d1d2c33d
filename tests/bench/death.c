/* SPDX-License-Identifier: Apache-2.0 */
/*
 * death KIND PATH… -- COMMAND… - starts perturb, waits until there is a queueing discipline of that
 * kind in each of the network namespaces, and kills the main process by SIGKILL. Prints two times
 * in microseconds from that moment: until the last of these disciplines was gone, as the kernel
 * tells everybody who listens in the namespace, and until the last process of perturb was.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* For each of the two changes; long enough for a busy machine. */
#define LIMIT_MS 30000

/* Until what follows the last discipline is there, too. */
#define SETTLE_MS 300

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "death: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A socket that hears of every change of traffic control in the namespace. */
static int listen_in(const char *path)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1U << (RTNLGRP_TC - 1)};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int heard;

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		fail(path);
	close(fd);
	heard = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (heard < 0 || bind(heard, (const struct sockaddr *)&address, sizeof(address)) < 0)
		fail(path);
	return heard;
}

/* Has the socket heard of such a change to a discipline of that kind? */
static bool heard(int fd, int type, const char *kind)
{
	_Alignas(struct nlmsghdr) char buffer[16384];
	bool found = false;
	ssize_t got;

	while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		struct nlmsghdr *message = (struct nlmsghdr *)buffer;
		int length = (int)got;

		for (; nlmsg_ok(message, length); message = nlmsg_next(message, &length)) {
			struct nlattr *name =
				nlmsg_find_attr(message, sizeof(struct tcmsg), TCA_KIND);

			found = found || (message->nlmsg_type == type && name != NULL &&
						 strcmp(nla_get_string(name), kind) == 0);
		}
	}
	return found;
}

/* Waits until every namespace has seen the change. */
static void await(struct pollfd *namespaces, size_t count, int type, const char *kind)
{
	int64_t give_up = now_us() + (int64_t)LIMIT_MS * 1000;
	size_t left = count;

	for (size_t i = 0; i < count; i++)
		namespaces[i].events = POLLIN;
	while (left != 0) {
		if (now_us() > give_up || poll(namespaces, count, LIMIT_MS) <= 0) {
			errno = ETIMEDOUT;
			fail(kind);
		}
		for (size_t i = 0; i < count; i++) {
			if (namespaces[i].revents == 0 || namespaces[i].events == 0)
				continue;
			if (heard(namespaces[i].fd, type, kind)) {
				namespaces[i].events = 0;
				left--;
			}
		}
	}
}

static pid_t start(char **command)
{
	pid_t pid = fork();
	int null;

	if (pid < 0)
		fail("fork");
	if (pid != 0)
		return pid;
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(126);
	execv(command[0], command);
	_exit(127);
}

int main(int argc, char **argv)
{
	const struct timespec settle = {.tv_nsec = SETTLE_MS * 1000000L};
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct pollfd *namespaces = calloc((size_t)argc, sizeof(*namespaces));
	struct rlimit files;
	size_t count = 0;
	int64_t begin;
	int64_t gone;
	int at = 2;
	pid_t pid;

	if (namespaces == NULL || home < 0)
		fail("start");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	for (; at < argc && strcmp(argv[at], "--") != 0; at++)
		namespaces[count++].fd = listen_in(argv[at]);
	if (at + 1 >= argc || count == 0) {
		fputs("usage: death KIND PATH… -- COMMAND…\n", stderr);
		free(namespaces);
		return 2;
	}
	/* The custodian and the others become children of this process when theirs is dead. */
	if (setns(home, CLONE_NEWNET) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		fail("start");
	pid = start(argv + at + 1);
	await(namespaces, count, RTM_NEWQDISC, argv[1]);
	nanosleep(&settle, NULL);
	begin = now_us();
	if (kill(pid, SIGKILL) < 0)
		fail("kill");
	await(namespaces, count, RTM_DELQDISC, argv[1]);
	gone = now_us();
	while (wait(NULL) > 0)
		;
	printf("%lld %lld\n", (long long)(gone - begin), (long long)(now_us() - begin));
	free(namespaces);
	return 0;
}
