/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

#define ARENA_BLOCK_SIZE ((size_t)16 * 1024)

_Noreturn void out_of_memory(void)
{
	/* Whatever was injected is put back by the custodian, which sees this process end. */
	fputs("perturb: out of memory\n", stderr);
	exit(4);
}

void *xcalloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL && count != 0 && size != 0)
		out_of_memory();
	return memory;
}

char *xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		out_of_memory();
	return copy;
}

char *xasprintf(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		out_of_memory();
	return text;
}

void *xgrow(void *array, size_t count, size_t size)
{
	if (count == 0 || (count & (count - 1)) == 0) {
		size_t capacity = count == 0 ? 1 : count * 2;

		if (capacity > SIZE_MAX / size)
			out_of_memory();
		array = realloc(array, capacity * size);
		if (array == NULL)
			out_of_memory();
	}
	memset((unsigned char *)array + count * size, 0, size);
	return array;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *block = arena->blocks;
	void *memory;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + align - 1) / align * align;
	if (block == NULL || block->size - block->used < size) {
		size_t room = size > ARENA_BLOCK_SIZE ? size : ARENA_BLOCK_SIZE;

		block = calloc(1, sizeof(*block) + room);
		if (block == NULL)
			out_of_memory();
		block->size = room;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	memory = block->data + block->used;
	block->used += size;
	arena->used += size;
	return memory;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	cleanup_free char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		out_of_memory();
	return arena_strndup(arena, text, (size_t)length);
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t size)
{
	void *moved;

	if (count != 0 && (count & (count - 1)) != 0)
		return array;
	if (size != 0 && count > SIZE_MAX / 4 / size)
		out_of_memory();
	moved = arena_alloc(arena, (count == 0 ? 1 : count * 2) * size);
	if (count != 0)
		memcpy(moved, array, count * size);
	return moved;
}

void arena_release(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	while (block != NULL) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena->blocks = NULL;
	arena->used = 0;
}
