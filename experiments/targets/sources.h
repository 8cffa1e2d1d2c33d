/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sources - where instances come from: one function per kind of target. Each appends to the list
 * what the selector matches, pinned down by the standby.
 */
#ifndef EXPERIMENTS_TARGETS_SOURCES_H
#define EXPERIMENTS_TARGETS_SOURCES_H

#include "experiments/targets/targets.h"

int containers_resolve(struct standby *standby, const struct selector *selector,
	struct instance_list *list, struct err *err);
int netns_resolve(struct standby *standby, const struct selector *selector,
	struct instance_list *list, struct err *err);
int processes_resolve(struct standby *standby, const struct selector *selector,
	struct instance_list *list, struct err *err);

/* For the targets verb. A namespace that cannot be entered is listed without interfaces. When an
 * engine does not answer, containers_list adds what the others know and returns -1. */
int containers_list(struct standby *standby, struct instance_list *list, struct err *err);
void netns_list(struct standby *standby, struct instance_list *list);

/* A new, zeroed instance at the end of the list. */
struct instance *instance_list_add(struct instance_list *list);

#endif
