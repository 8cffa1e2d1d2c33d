/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem - memory and descriptors that clean up after themselves.
 *
 * The x family ends the process with a message when memory is short. Only the main process may use
 * it: when that dies, the custodian puts everything back. The custodian and the relay use fixed
 * buffers or check calloc, because nobody stands behind them.
 */
#ifndef REPORTS_MEM_H
#define REPORTS_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free_pointer(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_close_stream(FILE **stream)
{
	if (*stream != NULL)
		fclose(*stream);
}

#define cleanup_free   __attribute__((cleanup(cleanup_free_pointer)))
#define cleanup_close  __attribute__((cleanup(cleanup_close_fd)))
#define cleanup_fclose __attribute__((cleanup(cleanup_close_stream)))

/* Gives the value of an owning variable away, leaving it empty. */
#define steal_fd(fd)                                                                               \
	__extension__({                                                                            \
		int steal_fd_ = *(fd);                                                             \
		*(fd) = -1;                                                                        \
		steal_fd_;                                                                         \
	})
#define steal_pointer(pointer)                                                                     \
	__extension__({                                                                            \
		__typeof__(*(pointer)) steal_pointer_ = *(pointer);                                \
		*(pointer) = NULL;                                                                 \
		steal_pointer_;                                                                    \
	})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The structure of a type that a member of it, to which pointer points, is a part of. */
#define CONTAINER_OF(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Ends the process with exit status 4; for memory that a library could not get. */
_Noreturn void out_of_memory(void);

/* All return zeroed or copied memory that the caller frees; they never return NULL. */
void *xcalloc(size_t count, size_t size);
char *xstrdup(const char *text);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes room for one more item in a heap array of count items and returns the (moved) array; the
 * new item is zeroed. Grows in powers of two, so count alone tells the capacity. */
void *xgrow(void *array, size_t count, size_t size);

/*
 * arena - memory of one lifetime: allocated piece by piece, released at once.
 * Zero-initialise; everything handed out is zeroed, aligned for any type and never NULL.
 */
struct arena_block;
struct arena {
	struct arena_block *blocks;
	size_t used; /* bytes handed out, all blocks */
};

void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* As xgrow, in an arena (the old array is left behind until the release). */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t size);
void arena_release(struct arena *arena);

#endif
