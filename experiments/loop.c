/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "reports/mem.h"

#define NS_PER_S       INT64_C(1000000000)
#define EVENTS_AT_ONCE 16 /* few: timers are looked at in between */

struct watch {
	loop_handler *handler; /* NULL: not watched */
	void *data;
	uint32_t generation; /* tells a descriptor from an earlier one with the same number */
};

struct loop {
	int epoll_fd;
	int timer_fd; /* a timerfd is not subject to timer slack, unlike epoll_wait's timeout */
	int64_t timer_fd_due_ns; /* 0: not set */
	struct watch *watches;	 /* by descriptor */
	size_t watch_count;
	uint32_t generation;
	struct loop_timer **timers; /* a binary heap; position p is at p - 1 */
	size_t timer_count;
};

int64_t clock_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail on Linux */
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int loop_new(struct loop **ret_loop, struct err *err)
{
	struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = 0}};
	struct loop *loop = xcalloc(1, sizeof(*loop));

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->epoll_fd < 0 || loop->timer_fd < 0 ||
		epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->timer_fd, &event) != 0) {
		(void)err_set(err, ERR_SYSTEM, errno, "event loop");
		loop_free(loop);
		return -1;
	}
	*ret_loop = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	free(loop->watches);
	free(loop->timers);
	free(loop);
}

/* Generation 0 is the timer descriptor's. */
static uint32_t generation_next(struct loop *loop)
{
	if (++loop->generation == 0)
		loop->generation = 1;
	return loop->generation;
}

int loop_watch(struct loop *loop, int fd, uint32_t events, loop_handler *handler, void *data,
	struct err *err)
{
	struct epoll_event event = {.events = events};
	struct watch *watch;
	int result;

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, EBADF, "watch descriptor %d", fd);
	while (loop->watch_count <= (size_t)fd) {
		loop->watches = xgrow(loop->watches, loop->watch_count, sizeof(*loop->watches));
		loop->watch_count++;
	}
	watch = &loop->watches[fd];
	if (watch->handler == NULL)
		watch->generation = generation_next(loop);
	event.data.u64 = (uint64_t)watch->generation << 32 | (uint32_t)fd;
	result = -1;
	errno = ENOENT;
	if (watch->handler != NULL)
		result = epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event);
	/* Not watched yet, or its owner closed it without a word and the number came back. */
	if (result != 0 && errno == ENOENT)
		result = epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
	if (result != 0) {
		watch->handler = NULL;
		return err_set(err, ERR_SYSTEM, errno, "watch descriptor %d", fd);
	}
	watch->handler = handler;
	watch->data = data;
	return 0;
}

void loop_forget(struct loop *loop, int fd)
{
	if (fd < 0 || (size_t)fd >= loop->watch_count || loop->watches[fd].handler == NULL)
		return;
	loop->watches[fd].handler = NULL;
	/* Fails if the owner has closed it already, which is as good. */
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static void heap_put(struct loop *loop, size_t position, struct loop_timer *timer)
{
	loop->timers[position - 1] = timer;
	timer->position = position;
}

static void heap_up(struct loop *loop, struct loop_timer *timer)
{
	size_t position = timer->position;

	while (position > 1 && loop->timers[position / 2 - 1]->due_ns > timer->due_ns) {
		heap_put(loop, position, loop->timers[position / 2 - 1]);
		position /= 2;
	}
	heap_put(loop, position, timer);
}

static void heap_down(struct loop *loop, struct loop_timer *timer)
{
	size_t position = timer->position;

	for (;;) {
		size_t child = position * 2;

		if (child > loop->timer_count)
			break;
		if (child < loop->timer_count &&
			loop->timers[child]->due_ns < loop->timers[child - 1]->due_ns)
			child++;
		if (loop->timers[child - 1]->due_ns >= timer->due_ns)
			break;
		heap_put(loop, position, loop->timers[child - 1]);
		position = child;
	}
	heap_put(loop, position, timer);
}

void loop_arm(struct loop *loop, struct loop_timer *timer, int64_t due_ns)
{
	timer->due_ns = due_ns;
	if (timer->position == 0) {
		loop->timers = xgrow(loop->timers, loop->timer_count, sizeof(struct loop_timer *));
		heap_put(loop, ++loop->timer_count, timer);
	}
	heap_up(loop, timer);
	heap_down(loop, timer);
}

void loop_disarm(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer *last;

	if (timer->position == 0)
		return;
	last = loop->timers[--loop->timer_count];
	if (last != timer) {
		heap_put(loop, timer->position, last);
		heap_up(loop, last);
		heap_down(loop, last);
	}
	timer->position = 0;
}

/* Makes the timer descriptor wake the loop at the nearest timer. An expired one is rearmed or
 * cleared before the next wait, so that it need not be read. */
static int wakeup_set(struct loop *loop, int64_t due_ns, struct err *err)
{
	struct itimerspec spec = {.it_value = {.tv_sec = (time_t)(due_ns / NS_PER_S),
					  .tv_nsec = (long)(due_ns % NS_PER_S)}};

	if (due_ns == loop->timer_fd_due_ns)
		return 0;
	if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL) != 0)
		return err_set(err, ERR_SYSTEM, errno, "timer");
	loop->timer_fd_due_ns = due_ns;
	return 0;
}

static void events_handle(struct loop *loop, const struct epoll_event *events, int count)
{
	for (int i = 0; i < count; i++) {
		uint32_t fd = (uint32_t)events[i].data.u64;
		uint32_t generation = (uint32_t)(events[i].data.u64 >> 32);
		const struct watch *watch;

		if (generation == 0)
			continue; /* the timer descriptor */
		/* An earlier handler of this round may have forgotten it, or moved the array. */
		watch = &loop->watches[fd];
		if (watch->handler != NULL && watch->generation == generation)
			watch->handler(watch->data, events[i].events);
	}
}

/* A timer that arms itself for now waits for the next step, so that descriptors get their turn. */
static void timers_handle(struct loop *loop)
{
	for (size_t left = loop->timer_count; left > 0 && loop->timer_count > 0; left--) {
		struct loop_timer *timer = loop->timers[0];
		int64_t now = clock_now();

		if (timer->due_ns > now)
			break;
		loop_disarm(loop, timer);
		timer->function(timer->data, now);
	}
}

int loop_step(struct loop *loop, struct err *err)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int64_t due_ns = loop->timer_count > 0 ? loop->timers[0]->due_ns : 0;
	bool due = loop->timer_count > 0 && due_ns <= clock_now();
	int count;

	if (!due && wakeup_set(loop, due_ns, err) != 0)
		return -1;
	count = epoll_wait(loop->epoll_fd, events, EVENTS_AT_ONCE, due ? 0 : -1);
	if (count < 0 && errno != EINTR)
		return err_set(err, ERR_SYSTEM, errno, "wait for events");
	events_handle(loop, events, count);
	timers_handle(loop);
	return 0;
}
