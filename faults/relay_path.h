/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_path - one interface's frames on their way through the relay: from the TAP device into a
 * queue ordered by the time of sending, and out by a packet socket.
 */
#ifndef FAULTS_RELAY_PATH_H
#define FAULTS_RELAY_PATH_H

#include <stdint.h>

#include "faults/impairment.h"
#include "reports/evidence.h"

struct relay_path;

/* Takes both descriptors over (non-blocking). NULL when memory is short; then they stay the
 * caller's. */
struct relay_path *relay_path_new(
	uint32_t id, int tap_fd, int packet_fd, const struct impairment *impairment, uint64_t seed);

/* Sends what is still held, at once and in its order, then closes and frees. NULL is allowed. */
void relay_path_free(struct relay_path *path);

uint32_t relay_path_id(const struct relay_path *path);
int relay_path_fd(const struct relay_path *path); /* the TAP's */

/* Takes some frames from the TAP. Returns -1 when the device is gone. */
int relay_path_read(struct relay_path *path);

/* Sends what is due. Returns when the next frame is (CLOCK_MONOTONIC), INT64_MAX if none waits. */
int64_t relay_path_send(struct relay_path *path, int64_t now);

void relay_path_evidence(const struct relay_path *path, struct evidence *ret_evidence);

#endif
