/* SPDX-License-Identifier: Apache-2.0 */
/*
 * comeback - waits, in the event loop, for containers that have ended to run again: restarted, or
 * made anew under the same name.
 *
 * The engine is asked ten times a second, and only while something is awaited. When it does not
 * answer, the asking goes on: it may be restarting itself.
 */
#ifndef EXPERIMENTS_TARGETS_COMEBACK_H
#define EXPERIMENTS_TARGETS_COMEBACK_H

#include "experiments/loop.h"
#include "experiments/targets/targets.h"

struct comebacks; /* everything that is awaited */

/* Something to tell the user: an engine that does not answer, or answers again. */
typedef void comeback_note(void *data, const char *text);

#define COMEBACK_ID_MAX 128

/* One that is awaited; in its owner's memory, zero-initialised. */
struct comeback {
	const struct selector *selector;
	const struct instance *lost; /* as it was */
	/* It runs again, and is no longer awaited. The callee takes over what found owns. */
	void (*found)(void *data, struct instance *found);
	void *data;
	/* comeback.c's own */
	struct comeback *next;
	bool awaited;
	char candidate[COMEBACK_ID_MAX]; /* the id of a container that runs; "": none */
	char name[INSTANCE_PATH_MAX];	 /* that it has by now */
};

int comebacks_new(struct loop *loop, struct standby *standby, comeback_note *tell, void *data,
	struct comebacks **ret_comebacks, struct err *err);
void comebacks_free(struct comebacks *comebacks);

void comeback_await(struct comebacks *comebacks, struct comeback *comeback);
/* May be called for one that is not awaited. */
void comeback_forget(struct comebacks *comebacks, struct comeback *comeback);

#endif
