/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_output - the packet socket of a path, or its TAP for frames that were received: sends
 * frames in batches, waits a little for a device whose queue is full, and counts what went and what
 * could not.
 */
#ifndef FAULTS_RELAY_OUTPUT_H
#define FAULTS_RELAY_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults/relay_pool.h"
#include "faults/relay_queue.h"
#include "reports/evidence.h"

#define OUTPUT_BATCH 64

struct relay_output {
	int fd;
	int tap;     /* where frames go that were received, and not by fd; -1: they were not */
	bool virtio; /* frames begin with a struct virtio_net_hdr */
	struct frame batch[OUTPUT_BATCH];
	size_t count;		  /* frames in batch */
	size_t done;		  /* of which are sent or lost */
	int64_t blocked_since_ns; /* 0: it is not */
	bool broken;		  /* it has been blocked for so long that waiting is no use */
};

/*
 * Sends the frames of queue that are due by until. Returns 0 when none is left, and otherwise the
 * moment at which to try again (CLOCK_MONOTONIC), because the device takes no more now.
 */
int64_t relay_output_send(struct relay_output *output, struct relay_queue *queue,
	struct relay_pool *pool, int64_t now, int64_t until, struct evidence *evidence);

#endif
