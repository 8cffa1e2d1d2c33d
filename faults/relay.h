/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay - the engine for kernels without sch_netem: a process that takes the frames which an
 * interface wants to send, from a TAP device that they are redirected to, treats them as
 * tc-netem(8) would, and sends them by a packet socket.
 *
 * The custodian makes the devices, sockets and redirects, and keeps the only rights to them. The
 * process gets open descriptors, drops its privileges and does nothing but carry frames.
 */
#ifndef FAULTS_RELAY_H
#define FAULTS_RELAY_H

#include <stdint.h>

#include "faults/impairment.h"
#include "reports/err.h"
#include "reports/evidence.h"

struct relay; /* the custodian's side */

/* Starts the process (a child of the caller, killed when the caller dies). */
int relay_start(struct relay **ret_relay, struct err *err);

/* Readable (EOF) when the process is gone; for the custodian's poll set. */
int relay_fd(const struct relay *relay);

/* Hands over one path: frames read from tap_fd are treated and sent by packet_fd (a packet socket
 * bound to the interface). Waits for the acknowledgement. The caller keeps, and may close, its own
 * descriptors. seed makes the relay's random numbers repeatable. */
int relay_add(struct relay *relay, uint32_t id, int tap_fd, int packet_fd,
	const struct impairment *impairment, uint64_t seed, struct err *err);

/* The counters of a path. */
int relay_observe(struct relay *relay, uint32_t id, struct evidence *ret_evidence, struct err *err);

/* Ends a path: frames still held are sent at once, in order; then its descriptors are closed.
 * Fills the last counters (may be NULL). No error if the id is unknown. */
int relay_remove(struct relay *relay, uint32_t id, struct evidence *ret_evidence, struct err *err);

/* Ends the process and reaps it; NULL is allowed. */
void relay_free(struct relay *relay);

#endif
