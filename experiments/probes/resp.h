/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resp - replies of a Redis server, and commands to it: the protocol of version 2 (RESP2).
 *
 * What is read comes from anybody: lengths, depths and numbers of elements have limits.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
#ifndef EXPERIMENTS_PROBES_RESP_H
#define EXPERIMENTS_PROBES_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RESP_BYTES_MAX	  ((size_t)1024 * 1024) /* a reply */
#define RESP_ELEMENTS_MAX 4096			/* of all arrays of a reply */
#define RESP_DEPTH_MAX	  8

enum resp_type {
	RESP_SIMPLE = '+',
	RESP_ERROR = '-',
	RESP_INTEGER = ':',
	RESP_BULK = '$',
	RESP_ARRAY = '*',
};

/* Borrows from the bytes that were read. */
struct resp {
	enum resp_type type;
	bool nil;	     /* a bulk or an array that is not there */
	const uint8_t *text; /* not of an array */
	size_t length;
	size_t count;	       /* elements of an array */
	const uint8_t *first;  /* its elements, one after the other, up to the end of the reply */
	size_t elements_bytes; /* together */
};

enum resp_reading {
	RESP_MORE, /* it is not complete yet */
	RESP_COMPLETE,
	RESP_MALFORMED,
	RESP_TOO_LARGE,
};

/* Reads one reply from the front of the bytes; *ret_size is how many it has. */
enum resp_reading resp_read(
	const uint8_t *bytes, size_t length, struct resp *ret_reply, size_t *ret_size);

/* An element of an array. False: there are fewer. */
bool resp_element(const struct resp *array, size_t index, struct resp *ret_element);

/* Is it a text (not an array, nor nil) of exactly these bytes? */
bool resp_is(const struct resp *reply, const char *text, size_t length);

/* Writes the reply as text to be matched, NUL-terminated: elements in lines of their own, nothing
 * for nil. out has at least as many bytes as the reply had. Returns the length. */
size_t resp_text(const struct resp *reply, char *out);

/* A command of these words, as an array of bulks; the caller frees it. */
char *resp_command(const char *const *words, size_t count, size_t *ret_length);

#endif
