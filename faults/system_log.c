/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/system_log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "reports/mem.h"

void system_log_open(struct system_log *log, const char *who)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = _PATH_LOG};
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*log = (struct system_log){.fd = -1, .who = who};
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		log->fd = steal_fd(&fd);
}

/* On a terminal that was stopped, or a pipe that nobody reads, a write would wait for ever. */
static void write_line(const char *who, const char *text)
{
	struct pollfd waited = {.fd = STDERR_FILENO, .events = POLLOUT};
	char line[1024];
	int length = snprintf(line, sizeof(line), "perturb: %s: %s\n", who, text);

	if (length <= 0 || (size_t)length >= sizeof(line) || poll(&waited, 1, 0) != 1 ||
		(waited.revents & POLLOUT) == 0)
		return;
	length = (int)write(STDERR_FILENO, line, (size_t)length);
	(void)length;
}

static void send_line(int fd, int priority, const char *who, const char *text)
{
	char line[1024];
	int length = snprintf(line, sizeof(line), "<%d>perturb[%d]: %s: %s", LOG_DAEMON | priority,
		(int)getpid(), who, text);

	if (fd >= 0 && length > 0 && (size_t)length < sizeof(line))
		(void)send(fd, line, (size_t)length, MSG_NOSIGNAL);
}

void system_log_say(
	const struct system_log *log, int priority, const char *run_id, const char *format, ...)
{
	char text[900];
	size_t used = 0;
	va_list arguments;

	if (run_id[0] != '\0') {
		snprintf(text, sizeof(text), "run %.128s: ", run_id);
		used = strlen(text);
	}
	va_start(arguments, format);
	vsnprintf(text + used, sizeof(text) - used, format, arguments);
	va_end(arguments);
	write_line(log->who, text);
	send_line(log->fd, priority, log->who, text);
}
