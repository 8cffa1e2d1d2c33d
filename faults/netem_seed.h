/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netem_seed - can netem's random numbers be repeated? They can since Linux 6.6.
 */
#ifndef FAULTS_NETEM_SEED_H
#define FAULTS_NETEM_SEED_H

#include <stdbool.h>
#include <stdint.h>

struct nl_sock;

/* Puts a netem on the interface, which must have no root queueing discipline, and asks what became
 * of its seed. Leaves it there: only for an interface that nobody uses. */
bool netem_seed_is_known(struct nl_sock *socket, uint32_t interface_index);

#endif
