/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/relay_priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#define WINDOW_NS 50000000LL

/* Shares of the window, in percent, with room between them so that it does not waver. */
#define BUSY  80
#define QUIET 50

#define REALTIME 1 /* the lowest of the real-time priorities */
#define NICEST	 (-20)

static int64_t processor_time(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

static bool set_realtime(bool realtime)
{
	struct sched_param parameter = {.sched_priority = realtime ? REALTIME : 0};

	return sched_setscheduler(0, realtime ? SCHED_FIFO : SCHED_OTHER, &parameter) == 0;
}

void relay_priority_init(struct relay_priority *priority, int64_t now)
{
	const struct rlimit limit = {REALTIME, REALTIME};

	(void)setrlimit(RLIMIT_RTPRIO, &limit);
	(void)setpriority(PRIO_PROCESS, 0, NICEST);
	/* Refused in a control group without real-time share, where niceness has to do. */
	priority->allowed = set_realtime(true);
	priority->realtime = priority->allowed;
	priority->window_ns = now;
	priority->busy_ns = processor_time();
}

void relay_priority_balance(struct relay_priority *priority, int64_t now)
{
	int64_t window = now - priority->window_ns;
	int64_t used;
	int64_t share;

	if (!priority->allowed || window < WINDOW_NS)
		return;
	used = processor_time();
	share = (used - priority->busy_ns) * 100 / window;
	if (priority->realtime ? share > BUSY : share < QUIET) {
		priority->allowed = set_realtime(!priority->realtime);
		priority->realtime = !priority->realtime;
	}
	priority->window_ns = now;
	priority->busy_ns = used;
}
