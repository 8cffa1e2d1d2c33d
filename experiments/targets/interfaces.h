/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPERIMENTS_TARGETS_INTERFACES_H
#define EXPERIMENTS_TARGETS_INTERFACES_H

#include "faults/instance.h"
#include "faults/netns.h"

/* Fills in the interfaces of the instance's network namespace with their addresses, by two netlink
 * dumps inside it. */
int interfaces_read(struct netns_cache *cache, struct instance *instance, struct err *err);

#endif
