/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop - the one place where perturb waits: descriptors and timers, by epoll(7). No threads, no
 * signal handlers (signals arrive as a signalfd), nothing global.
 */
#ifndef EXPERIMENTS_LOOP_H
#define EXPERIMENTS_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reports/err.h"

struct loop;

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t clock_now(void);

/* events is a set of EPOLLIN, EPOLLOUT, …; a handler may watch, change and forget any descriptor,
 * also its own. */
typedef void loop_handler(void *data, uint32_t events);

int loop_new(struct loop **ret_loop, struct err *err);
void loop_free(struct loop *loop);
/* Watches fd, or changes how it is watched. The descriptor stays the caller's. */
int loop_watch(struct loop *loop, int fd, uint32_t events, loop_handler *handler, void *data,
	struct err *err);
void loop_forget(struct loop *loop, int fd);

/* A timer lives in its owner's memory (zero-initialise, set function and data); arming it again
 * moves it. Fires once, not before due_ns of CLOCK_MONOTONIC. */
struct loop_timer {
	void (*function)(void *data, int64_t now);
	void *data;
	int64_t due_ns;
	size_t position; /* in the heap, from 1; 0: not armed */
};
void loop_arm(struct loop *loop, struct loop_timer *timer, int64_t due_ns);
void loop_disarm(struct loop *loop, struct loop_timer *timer);

/* Waits for at least one event or due timer, and handles all that are ready. */
int loop_step(struct loop *loop, struct err *err);

#endif
