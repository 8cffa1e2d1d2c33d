/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/relay_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLAB_CHUNKS 128 /* 256 KiB */

/* 256 MiB: a second of 2 Gbit/s. */
#define SLABS_MAX 1024

struct slab {
	struct slab *next;
	struct chunk chunks[SLAB_CHUNKS];
};

static int grow(struct relay_pool *pool)
{
	struct slab *slab;

	if (pool->slab_count >= SLABS_MAX)
		return -1;
	slab = malloc(sizeof(*slab));
	if (slab == NULL)
		return -1;
	slab->next = pool->slabs;
	pool->slabs = slab;
	pool->slab_count++;
	/* Handed out from the front: what is never reached is never touched. */
	for (size_t i = SLAB_CHUNKS; i-- > 0;) {
		slab->chunks[i].next = pool->free;
		pool->free = &slab->chunks[i];
	}
	return 0;
}

static struct chunk *take(struct relay_pool *pool)
{
	struct chunk *chunk;

	if (pool->free == NULL && grow(pool) < 0)
		return NULL;
	chunk = pool->free;
	pool->free = chunk->next;
	chunk->next = NULL;
	return chunk;
}

/* The spare chunks that the last frame took are the first ones. */
static int refill_spare(struct relay_pool *pool)
{
	while (pool->ready < FRAME_CHUNKS_MAX) {
		struct chunk *chunk = take(pool);
		size_t at = FRAME_CHUNKS_MAX - 1 - pool->ready;

		if (chunk == NULL)
			return -1;
		pool->spare[at] = chunk;
		pool->vectors[at] = (struct iovec){chunk->data, CHUNK_BYTES};
		pool->ready++;
	}
	return 0;
}

ssize_t relay_pool_read(struct relay_pool *pool, int fd, struct chunk **ret_chunks)
{
	ssize_t length;
	size_t used;

	if (refill_spare(pool) < 0) {
		errno = ENOMEM;
		return -1;
	}
	length = readv(fd, pool->vectors, FRAME_CHUNKS_MAX);
	if (length <= 0)
		return length;
	used = ((size_t)length + CHUNK_BYTES - 1) / CHUNK_BYTES;
	for (size_t i = 0; i < used; i++)
		pool->spare[i]->next = i + 1 < used ? pool->spare[i + 1] : NULL;
	*ret_chunks = pool->spare[0];
	pool->ready -= used;
	pool->taken += used;
	return length;
}

struct chunk *relay_pool_copy(struct relay_pool *pool, const struct chunk *chunks)
{
	struct chunk *first = NULL;
	struct chunk **end = &first;

	for (; chunks != NULL; chunks = chunks->next) {
		struct chunk *chunk = take(pool);

		if (chunk == NULL) {
			relay_pool_give(pool, first);
			return NULL;
		}
		pool->taken++;
		memcpy(chunk->data, chunks->data, CHUNK_BYTES);
		*end = chunk;
		end = &chunk->next;
	}
	return first;
}

void relay_pool_give(struct relay_pool *pool, struct chunk *chunks)
{
	while (chunks != NULL) {
		struct chunk *next = chunks->next;

		chunks->next = pool->free;
		pool->free = chunks;
		pool->taken--;
		chunks = next;
	}
}

void relay_pool_trim(struct relay_pool *pool)
{
	if (pool->taken != 0)
		return;
	while (pool->slabs != NULL) {
		struct slab *next = pool->slabs->next;

		free(pool->slabs);
		pool->slabs = next;
	}
	memset(pool, 0, sizeof(*pool));
}
