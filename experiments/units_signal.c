/* SPDX-License-Identifier: Apache-2.0 */
/* Signals by name or number; real-time ones as RTMIN+n, which is how container images name the
 * signal that stops systemd. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "experiments/number.h"
#include "experiments/quote.h"
#include "experiments/units.h"

static int find_named(const char *name)
{
	for (int signal = 1; signal < SIGRTMIN; signal++) {
		const char *known = sigabbrev_np(signal);

		if (known != NULL && strcasecmp(known, name) == 0)
			return signal;
	}
	return 0;
}

static int find_realtime(const char *name)
{
	uint32_t offset = 0;

	if (strncasecmp(name, "RTMIN", 5) != 0)
		return 0;
	if (name[5] != '\0' && (name[5] != '+' || !number_whole(name + 6, &offset)))
		return 0;
	return offset <= (uint32_t)(SIGRTMAX - SIGRTMIN) ? SIGRTMIN + (int)offset : 0;
}

int signal_parse(const char *text, int *ret_signal, struct err *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint32_t number;
	int signal;

	if (number_whole(text, &number))
		signal = number <= (uint32_t)SIGRTMAX ? (int)number : 0;
	else
		signal = find_named(name);
	if (signal == 0)
		signal = find_realtime(name);
	if (signal == 0)
		return err_set(err, ERR_USAGE, 0, "expected %s, not '%s'", SIGNAL_EXPECTED,
			quote(text).text);
	*ret_signal = signal;
	return 0;
}

const char *signal_name(int signal, char *buffer, size_t size)
{
	const char *known = signal > 0 && signal < SIGRTMIN ? sigabbrev_np(signal) : NULL;

	if (known != NULL)
		snprintf(buffer, size, "%s", known);
	else if (signal >= SIGRTMIN && signal <= SIGRTMAX)
		snprintf(buffer, size, "RTMIN+%d", signal - SIGRTMIN);
	else
		snprintf(buffer, size, "%d", signal);
	return buffer;
}
