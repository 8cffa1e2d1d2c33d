/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container_restarts - how often a container was started again, told from what its engine says of
 * it from time to time. Pure.
 */
#ifndef EXPERIMENTS_PROBES_CONTAINER_RESTARTS_H
#define EXPERIMENTS_PROBES_CONTAINER_RESTARTS_H

#include <stdbool.h>

#include "experiments/targets/docker_answer.h"

/* Zero-initialise. */
struct container_restarts {
	bool known; /* last is what was said last */
	struct container_condition last;
	bool pending;	/* the engine has counted a restart, and is about to do it */
	uint64_t count; /* since the first */
};

/* Counts what happened since the last time: restarts by the engine's own count, one when a person
 * started it again (which the engine does not count), and one when another container has its name.
 */
void container_restarts_add(
	struct container_restarts *restarts, const struct container_condition *condition);

#endif
