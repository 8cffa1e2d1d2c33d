/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults/proc.h"
#include "reports/mem.h"

int signal_send(pid_t pid, uint64_t start_time, int signal, struct err *err)
{
	/* glibc has wrappers for these two only from 2.36 on. */
	cleanup_close int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct proc_stat stat = {0};

	if (fd < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "no process %d", (int)pid);
	/* From here on fd stands for one process; is it the one that is meant? That it cannot be
	 * looked at does not mean that it has ended. */
	if (proc_stat(pid, &stat, err) < 0 && err->sys != ENOENT)
		return -1;
	if (stat.start_time != start_time || stat.state == 'Z' || stat.state == 'X')
		return err_set(err, ERR_UNAVAILABLE, ESRCH, "process %d has ended", (int)pid);
	if (syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot signal process %d", (int)pid);
	return 0;
}

const char *signal_text(int signal, char *buffer, size_t size)
{
	const char *name = sigabbrev_np(signal);

	if (name != NULL)
		snprintf(buffer, size, "%s", name);
	else
		snprintf(buffer, size, "%d", signal);
	return buffer;
}
