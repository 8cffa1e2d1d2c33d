/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_find - a network namespace by its identity, wherever it still has a name.
 *
 * The process by which a namespace was chosen may have ended while others live on in it (the
 * pause container of a pod keeps it, for one); what was changed there must still be put back.
 */
#ifndef FAULTS_NETNS_FIND_H
#define FAULTS_NETNS_FIND_H

#include <stdint.h>

/* A descriptor of the namespace, found by a process in it or by a mount of it; -1 if there is
 * none. */
int netns_find(uint64_t device, uint64_t inode);

#endif
