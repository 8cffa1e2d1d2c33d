/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_queue - frames ordered by the moment at which they are due; equal moments keep the order of
 * their arrival. A binary heap.
 */
#ifndef FAULTS_RELAY_QUEUE_H
#define FAULTS_RELAY_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct frame {
	int64_t due_ns; /* CLOCK_MONOTONIC */
	uint64_t sequence;
	uint32_t length;
	unsigned char data[];
};

struct relay_queue {
	struct frame **frames;
	size_t count;
	size_t capacity;
	size_t bytes; /* held in frames */
	uint64_t sequence;
};

/* Takes the frame over; -1 when memory is short (then it stays the caller's). */
int relay_queue_push(struct relay_queue *queue, struct frame *frame);
/* The earliest frame, still in the queue, or NULL. */
struct frame *relay_queue_first(const struct relay_queue *queue);
/* Takes the earliest frame out; the queue must not be empty. */
struct frame *relay_queue_pop(struct relay_queue *queue);
void relay_queue_release(struct relay_queue *queue);

#endif
