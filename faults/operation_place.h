/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation_place - where an operation changes something.
 */
#ifndef FAULTS_OPERATION_PLACE_H
#define FAULTS_OPERATION_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "faults/operation.h"

#define OPERATION_PLACE_MAX 320

/* "interface eth0 of /run/netns/shop", "process 4711", "cgroup /sys/fs/cgroup/…"; returns buffer.
 */
const char *operation_place(const struct operation *operation, char *buffer, size_t size);

/* Could only one of the two be there at a time? The same interface; the same process, or one cgroup
 * in the other, to be stopped. Signals hold nothing, and tables of the packet filter lie
 * side by side, as do rules for names. */
bool operation_same_place(const struct operation *a, const struct operation *b);

/* The same within one run, which keeps its own operations apart: on one interface, there may be one
 * for what is sent and one for what arrives, and besides those for some packets only. */
bool operation_excludes(const struct operation *a, const struct operation *b);

#endif
