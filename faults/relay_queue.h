/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_queue - frames ordered by the moment at which they are due; equal moments keep the order of
 * their arrival. A binary heap.
 */
#ifndef FAULTS_RELAY_QUEUE_H
#define FAULTS_RELAY_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct chunk;

struct frame {
	int64_t due_ns; /* CLOCK_MONOTONIC */
	uint64_t sequence;
	struct chunk *chunks; /* the content; whoever holds the frame gives it back to the pool */
	uint32_t length;
};

struct relay_queue {
	struct frame *frames;
	size_t count;
	size_t capacity;
	uint64_t sequence;
};

/* Takes the frame over and numbers it; -1 when memory is short (then it stays the caller's). */
int relay_queue_push(struct relay_queue *queue, struct frame frame);
/* The earliest frame, still in the queue, or NULL. */
const struct frame *relay_queue_first(const struct relay_queue *queue);
/* Takes the earliest frame out; the queue must not be empty. */
struct frame relay_queue_pop(struct relay_queue *queue);
/* Frees the queue, which must be empty. */
void relay_queue_release(struct relay_queue *queue);

#endif
