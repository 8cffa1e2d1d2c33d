/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo_network - a small network that only the calling process and its children can see.
 *
 * Made of namespaces that vanish with their last process, so nothing needs to be put back, however
 * the demo ends.
 */
#ifndef CLI_DEMO_NETWORK_H
#define CLI_DEMO_NETWORK_H

#include "reports/err.h"

/* Moves the process into mount and network namespaces of its own, with an empty /run and a bridge
 * that has the address ("10.77.0.254/24"). */
int demo_network_enter(const char *address, struct err *err);

/* Adds the network namespace /run/netns/NAME, with an interface eth0 that has the address and is
 * connected to the bridge. */
int demo_network_add(const char *name, const char *address, struct err *err);

/* Moves the process into a namespace that demo_network_add made. */
int demo_network_join(const char *name, struct err *err);

#endif
