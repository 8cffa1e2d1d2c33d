/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/system_log.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "reports/mem.h"

int system_log_open(void)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = _PATH_LOG};
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return steal_fd(&fd);
}

void system_log_write(int fd, int priority, const char *text)
{
	char line[1024];
	int length = snprintf(line, sizeof(line), "<%d>perturb[%d]: %s", LOG_DAEMON | priority,
		(int)getpid(), text);

	if (fd < 0 || length < 0)
		return;
	if ((size_t)length >= sizeof(line))
		length = (int)sizeof(line) - 1;
	(void)send(fd, line, (size_t)length, MSG_NOSIGNAL);
}
