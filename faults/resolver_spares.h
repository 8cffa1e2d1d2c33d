/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_spares - the sockets by which a scope reaches servers by TCP. They are marked, which the
 * process could not do itself; so they are used again and again.
 */
#ifndef FAULTS_RESOLVER_SPARES_H
#define FAULTS_RESOLVER_SPARES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "faults/resolver.h"

struct resolver_spares {
	size_t count;
	struct resolver_spare {
		int descriptor;
		sa_family_t family;
		bool used;
	} sockets[2 * RESOLVER_STREAMS_MAX];
};

/* Takes the descriptor over. Returns 0 or an error number. */
int resolver_spares_add(struct resolver_spares *spares, int descriptor, sa_family_t family);

/* One that begins to connect to the server, or -1: none is free, or (*ret_failed) it cannot. */
int resolver_spares_connect(
	struct resolver_spares *spares, const struct dns_address *server, bool *ret_failed);
void resolver_spares_give_back(struct resolver_spares *spares, int descriptor);

void resolver_spares_close(struct resolver_spares *spares);

#endif
