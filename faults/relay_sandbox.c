/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/relay_sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "faults/privileges.h"

#define KEPT_FD (STDERR_FILENO + 1)
#define NOBODY	65534

int relay_sandbox_descriptors(int socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
		dup2(null, STDERR_FILENO) < 0)
		_exit(3);
	if (socket != KEPT_FD && dup2(socket, KEPT_FD) < 0)
		_exit(3);
	closefrom(KEPT_FD + 1);
	return KEPT_FD;
}

void relay_sandbox_privileges(void)
{
	sigset_t none;
	struct rlimit files;

	/* Two descriptors for each interface. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	if (chdir("/") < 0)
		_exit(3);
	if (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0)
		(void)!setresuid(NOBODY, NOBODY, NOBODY);
	/* Also where becoming nobody is not possible, as in a user namespace without such a user.
	 * No core dump may show what passed by. */
	if (privileges_keep(0, NULL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		_exit(3);
	/* Timers as exact as the kernel's. */
	(void)prctl(PR_SET_TIMERSLACK, 1);
	(void)prctl(PR_SET_NAME, "perturb-relay");
	/* The custodian blocks signals, but the relay may be told to end: the custodian sees that
	 * and puts everything back. */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}
