/* SPDX-License-Identifier: Apache-2.0 */
/* What the custodian did while nobody listened. */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "faults/custodian_state.h"
#include "faults/system_log.h"

/* On a terminal that was stopped, or a pipe that nobody reads, a write would wait for ever. */
static void write_to_stderr(const char *text)
{
	struct pollfd waited = {.fd = STDERR_FILENO, .events = POLLOUT};
	char line[1024];
	int length = snprintf(line, sizeof(line), "perturb: custodian: %s\n", text);

	if (length <= 0 || (size_t)length >= sizeof(line) || poll(&waited, 1, 0) != 1 ||
		(waited.revents & POLLOUT) == 0)
		return;
	length = (int)write(STDERR_FILENO, line, (size_t)length);
	(void)length;
}

void custodian_log(const struct custodian_state *state, int priority, const char *format, ...)
{
	char text[900];
	va_list arguments;
	int used = 0;

	if (state->journal != NULL)
		used = snprintf(text, sizeof(text), "run %.*s: ",
			(int)(strlen(journal_file_of(state->journal)) - strlen(JOURNAL_SUFFIX)),
			journal_file_of(state->journal));
	if (used < 0)
		return;
	va_start(arguments, format);
	vsnprintf(text + used, sizeof(text) - (size_t)used, format, arguments);
	va_end(arguments);
	write_to_stderr(text);
	system_log_write(state->log, priority, text);
}
