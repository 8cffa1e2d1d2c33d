/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_pool - the memory of the frames that the relay holds: chunks of one size, chained for
 * larger frames, so that a frame costs no allocation and no copy between being read and being sent.
 *
 * The pool grows in slabs when it must, up to a bound that all paths share.
 */
#ifndef FAULTS_RELAY_POOL_H
#define FAULTS_RELAY_POOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* An ordinary frame of 1,500 bytes with its headers fits into one. */
#define CHUNK_BYTES 2040

/* The largest frame: 64 KiB, its Ethernet header with two VLAN tags, and a virtio header. */
#define FRAME_BYTES_MAX	 (65536 + 22 + 12)
#define FRAME_CHUNKS_MAX ((FRAME_BYTES_MAX + CHUNK_BYTES - 1) / CHUNK_BYTES)

struct chunk {
	struct chunk *next;
	unsigned char data[CHUNK_BYTES];
};

struct slab;

struct relay_pool {
	struct slab *slabs;
	struct chunk *free;
	size_t slab_count;
	size_t taken; /* chunks that are with frames */
	/* where the next frame is read to; the last ready ones are filled in */
	size_t ready;
	struct chunk *spare[FRAME_CHUNKS_MAX];
	struct iovec vectors[FRAME_CHUNKS_MAX];
};

/* Reads one frame into a chain of chunks that becomes the caller's. Returns its length; -1 with
 * errno as read(2) sets it, or ENOMEM when the pool is exhausted: nothing was read then. */
ssize_t relay_pool_read(struct relay_pool *pool, int fd, struct chunk **ret_chunks);

/* A copy of a chain, or NULL when the pool is exhausted. */
struct chunk *relay_pool_copy(struct relay_pool *pool, const struct chunk *chunks);

/* Takes a chain back. */
void relay_pool_give(struct relay_pool *pool, struct chunk *chunks);

/* Returns the memory to the system if no frame is held. */
void relay_pool_trim(struct relay_pool *pool);

#endif
