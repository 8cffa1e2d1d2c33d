/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_path - one interface's frames on their way through the relay: from the TAP device into a
 * queue ordered by the time of sending, and out by a packet socket.
 */
#ifndef FAULTS_RELAY_PATH_H
#define FAULTS_RELAY_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/distribution_table.h"
#include "faults/impairment.h"
#include "faults/relay_pool.h"
#include "reports/evidence.h"

struct relay_path;

/* Takes both descriptors over (non-blocking). virtio: frames come and go with a struct
 * virtio_net_hdr in front. The pool and the tables (or NULL) must outlive the path. NULL when
 * memory is short; then the descriptors stay the caller's. */
struct relay_path *relay_path_new(uint32_t id, int tap_fd, int packet_fd, bool virtio,
	const struct impairment *impairment, const struct distribution_tables *tables,
	uint64_t seed, struct relay_pool *pool);

/* Closes and frees; frames still held are lost. NULL is allowed. */
void relay_path_free(struct relay_path *path);

/* From now on, frames are those that the interface received: they go back into the TAP, not out by
 * the packet socket. */
void relay_path_return(struct relay_path *path);

uint32_t relay_path_id(const struct relay_path *path);
int relay_path_tap(const struct relay_path *path);

/* Takes some frames from the TAP. Returns -1 when the device is gone. */
int relay_path_read(struct relay_path *path);

/* Sends what is due. Returns when to call again (CLOCK_MONOTONIC), INT64_MAX if nothing waits. */
int64_t relay_path_send(struct relay_path *path);

/* Takes what is left in the TAP and sends all that is held, at once and in its order. */
void relay_path_flush(struct relay_path *path);

/* Sends all that is held; from now on, frames pass untouched. */
void relay_path_open(struct relay_path *path);

/* Treats the frames that come from now on so; those that are held leave when they would have, or
 * sooner, if a gate that they wait for goes. Returns 0 or an error number. */
int relay_path_change(struct relay_path *path, const struct impairment *impairment,
	const struct distribution_tables *tables);

/* Is the TAP or the interface gone? */
bool relay_path_is_cut(const struct relay_path *path);

void relay_path_evidence(const struct relay_path *path, struct evidence *ret_evidence);

#endif
