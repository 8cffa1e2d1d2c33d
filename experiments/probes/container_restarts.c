/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/container_restarts.h"

#include <string.h>

/* The engine counts a restart when the container has ended, and starts it a moment later. */
static uint64_t same_since(
	struct container_restarts *restarts, const struct container_condition *now)
{
	const struct container_condition *last = &restarts->last;
	const bool started = now->started[0] != '\0' && strcmp(last->started, now->started) != 0;

	if (now->restarts > last->restarts) {
		restarts->pending = strcmp(now->state, "restarting") == 0;
		return now->restarts - last->restarts;
	}
	if (!started)
		return 0;
	if (restarts->pending) {
		restarts->pending = false;
		return 0;
	}
	return 1; /* by hand: the engine's count stays, or begins again */
}

static uint64_t since(struct container_restarts *restarts, const struct container_condition *now)
{
	if (strcmp(restarts->last.id, now->id) == 0)
		return same_since(restarts, now);
	restarts->pending = false;
	return 1;
}

void container_restarts_add(
	struct container_restarts *restarts, const struct container_condition *condition)
{
	if (restarts->known)
		restarts->count += since(restarts, condition);
	restarts->known = true;
	restarts->last = *condition;
}
