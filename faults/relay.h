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

#include <stdbool.h>
#include <stdint.h>

#include "faults/impairment.h"
#include "reports/err.h"
#include "reports/evidence.h"

struct distribution_tables;
struct tap_request;
struct relay; /* the custodian's side */

/* Starts the process, a child of the caller. It ends when the caller does; but if paths are left
 * then, because the caller was killed, it first lets every frame pass untouched for as long as the
 * redirects lead to it. tables are the user's distributions, in memory that outlives the caller. */
int relay_start(
	struct relay **ret_relay, const struct distribution_tables *tables, struct err *err);

/* Readable (EOF) when the process is gone; for the custodian's poll set. */
int relay_fd(const struct relay *relay);

/* May packets that the kernel has not cut to size yet be treated as one? They cost a fraction, and
 * all get the same delay; a loss, a flipped bit or a place in the order is one packet's own. */
bool relay_takes_super_packets(const struct impairment *impairment);

/* Hands over one path: frames read from the TAP are treated and sent by its packet socket, or
 * written into it again if they were received. Waits for the acknowledgement. On success both
 * descriptors are the relay's; else they stay the caller's. seed makes the relay's random numbers
 * repeatable. */
int relay_add(struct relay *relay, uint32_t id, const struct tap_request *tap,
	const struct impairment *impairment, uint64_t seed, struct err *err);

/* Treats the frames of a path so from now on; those that it holds leave when they would have. A
 * path for super-packets takes only what relay_takes_super_packets. */
int relay_change(
	struct relay *relay, uint32_t id, const struct impairment *impairment, struct err *err);

/* The counters of a path. */
int relay_observe(struct relay *relay, uint32_t id, struct evidence *ret_evidence, struct err *err);

/* Begins the end of a path, whose redirect is gone: frames still held are sent at once, in order.
 * overruns are drops to be counted with its own. Does nothing if the id is unknown, or released
 * already. */
void relay_release(struct relay *relay, uint32_t id, uint64_t overruns);

/* Releases the path, if that was not done, and waits until its TAP is gone, which those of all
 * released paths go together: while that goes on, the kernel is slow to do anything else for
 * interfaces. Fills the last counters (may be NULL), if the process could tell them. */
void relay_remove(struct relay *relay, uint32_t id, struct evidence *ret_evidence);

/* Has it no path (any more)? */
bool relay_is_idle(const struct relay *relay);

/* Ends the process and reaps it; NULL is allowed. */
void relay_free(struct relay *relay);

#endif
