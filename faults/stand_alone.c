/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/stand_alone.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/privileges.h"
#include "faults/system_calls.h"

/* After standard input, output and error. */
#define SOCKET_FD 3

#define REAP_TIMEOUT_MS 10000

static int keep_descriptors(int *socket, struct err *err)
{
	int null;

	/* Whatever else was open is not this process's to keep open. */
	if (*socket != SOCKET_FD && dup2(*socket, SOCKET_FD) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot move the socket");
	*socket = SOCKET_FD;
	if (close_range(SOCKET_FD + 1, ~0U, 0) < 0 || fcntl(*socket, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot close descriptors");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot open /dev/null");
	close(null);
	return 0;
}

/* One descriptor per namespace, and two more per redirected interface. */
static void raise_limits(void)
{
	struct rlimit files;
	int score;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	/* The last process to be killed when memory runs out; not every root may ask for it. */
	score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (score >= 0) {
		ssize_t written = write(score, "-1000", 5);

		(void)written;
		close(score);
	}
}

int stand_alone(const char *name, int *socket, uint64_t capabilities, struct err *err)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	(void)setsid(); /* fails only for a group leader, which a forked child is not */
	(void)prctl(PR_SET_NAME, name);
	if (keep_descriptors(socket, err) < 0)
		return -1;
	if (chdir("/") < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot change to /");
	raise_limits();
	if (privileges_keep(capabilities, err) < 0)
		return -1;
	return system_calls_limit_custodian(err);
}

void stand_alone_reap(pid_t pid)
{
	for (int waited = 0; waited < REAP_TIMEOUT_MS; waited++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			break;
		poll(NULL, 0, 1);
	}
}
