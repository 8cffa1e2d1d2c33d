/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_wire - what goes over the socket pair between the custodian and the relay process.
 */
#ifndef FAULTS_RELAY_WIRE_H
#define FAULTS_RELAY_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/distribution_table.h"
#include "faults/impairment.h"
#include "reports/evidence.h"

enum relay_request_type { RELAY_ADD, RELAY_CHANGE, RELAY_OBSERVE, RELAY_REMOVE };

/* ADD brings two descriptors along: the TAP and the packet socket. */
struct relay_request {
	enum relay_request_type type;
	uint32_t number; /* comes back in the reply, which may be too late for its request */
	uint32_t id;
	bool virtio;
	bool received; /* frames go back into the TAP */
	uint64_t seed;
	struct impairment impairment;
};

struct relay_reply {
	uint32_t number;
	int error; /* errno; 0: done */
	struct evidence evidence;
};

#define RELAY_DESCRIPTORS 2

/* The relay's life; called in the forked child, never returns. */
_Noreturn void relay_main(int socket, const struct distribution_tables *tables);

#endif
