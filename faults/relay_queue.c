/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/relay_queue.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool before(const struct frame *a, const struct frame *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->sequence < b->sequence;
}

static int reserve(struct relay_queue *queue)
{
	size_t capacity = queue->capacity == 0 ? 256 : queue->capacity * 2;
	struct frame *moved;

	if (queue->count < queue->capacity)
		return 0;
	moved = realloc(queue->frames, capacity * sizeof(*moved));
	if (moved == NULL)
		return -1;
	queue->frames = moved;
	queue->capacity = capacity;
	return 0;
}

int relay_queue_push(struct relay_queue *queue, struct frame frame)
{
	size_t at;

	if (reserve(queue) < 0)
		return -1;
	frame.sequence = queue->sequence++;
	for (at = queue->count++; at != 0; at = (at - 1) / 2) {
		const struct frame *parent = &queue->frames[(at - 1) / 2];

		if (!before(&frame, parent))
			break;
		queue->frames[at] = *parent;
	}
	queue->frames[at] = frame;
	return 0;
}

const struct frame *relay_queue_first(const struct relay_queue *queue)
{
	return queue->count == 0 ? NULL : queue->frames;
}

struct frame relay_queue_pop(struct relay_queue *queue)
{
	struct frame first = queue->frames[0];
	struct frame moving = queue->frames[--queue->count];
	size_t at = 0;

	for (;;) {
		size_t child = at * 2 + 1;

		if (child >= queue->count)
			break;
		if (child + 1 < queue->count &&
			before(&queue->frames[child + 1], &queue->frames[child]))
			child++;
		if (!before(&queue->frames[child], &moving))
			break;
		queue->frames[at] = queue->frames[child];
		at = child;
	}
	queue->frames[at] = moving;
	return first;
}

void relay_queue_release(struct relay_queue *queue)
{
	free(queue->frames);
	memset(queue, 0, sizeof(*queue));
}
