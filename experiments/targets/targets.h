/* SPDX-License-Identifier: Apache-2.0 */
/*
 * targets - from a selector to the instances that it means, here and now.
 */
#ifndef EXPERIMENTS_TARGETS_TARGETS_H
#define EXPERIMENTS_TARGETS_TARGETS_H

#include <stddef.h>
#include <stdint.h>

#include "experiments/experiment.h"
#include "faults/instance.h"
#include "faults/standby.h"
#include "reports/err.h"

struct instance_list {
	struct instance *items; /* heap, xgrow; in a stable order (by name, then id) */
	size_t count;
};

void instance_list_release(struct instance_list *list);

/* Every running instance that the selector matches, with pid, start time, namespace, interfaces
 * and addresses. ERR_UNAVAILABLE, with what to do, for: a daemon that does not answer, no match
 * (naming near misses), a match that is not running. */
int targets_resolve(struct standby *standby, const struct selector *selector,
	struct instance_list *ret_list, struct err *err);

/* Keeps the picked ones, by a generator seeded with seed and the target's name; keeps order. */
void targets_pick(
	struct instance_list *list, const struct pick *pick, uint64_t seed, const char *name);

/* Everything that can be targeted here, for the targets verb: containers of each engine that is
 * here (also those that are not running), named network namespaces. Returns -1 when an engine is
 * here but does not answer properly; the list then holds what the others know, and is released all
 * the same. */
int targets_list(struct standby *standby, struct instance_list *ret_list, struct err *err);

#endif
