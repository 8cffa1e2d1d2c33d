/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_message - a query on its way through the resolver.
 */
#ifndef FAULTS_RESOLVER_MESSAGE_H
#define FAULTS_RESOLVER_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "faults/dns.h"

struct resolver_message {
	struct dns_address server; /* that was asked */
	const uint8_t *bytes;
	size_t length;
	/* whose it is: one of a stream, or (0) a datagram from the client */
	uint64_t stream;
	int listener; /* descriptor */
	struct sockaddr_storage client;
	socklen_t client_size;
};

#endif
