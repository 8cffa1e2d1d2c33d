/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container_probe - which container is looked at, and how it must be.
 */
#ifndef EXPERIMENTS_PROBES_CONTAINER_PROBE_H
#define EXPERIMENTS_PROBES_CONTAINER_PROBE_H

#include "experiments/outcome.h"
#include "experiments/probes/kind.h"
#include "experiments/probes/number_range.h"
#include "experiments/targets/docker_answer.h"

struct container_probe {
	struct probe_settings common;
	const char *name;	      /* or the beginning of an id */
	const char *runtime;	      /* "docker", "podman"; NULL: whichever has it */
	const char *state;	      /* "running", … */
	const char *health;	      /* NULL: not unhealthy */
	struct number_range restarts; /* since the first answer */
};

/* The keys of "container", and what container_node.c knows of them. */
extern const struct probe_key container_keys[];
void container_defaults(void *settings);

/* Is the container as it must be? OUTCOME_OK or _STATE. frozen: its processes are, whoever did
 * that.
 */
enum outcome container_judge(const struct container_probe *probe,
	const struct container_condition *condition, bool frozen, uint64_t restarts);

#endif
