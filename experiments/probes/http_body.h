/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_body - what is kept of an answer's body, for the checks on it.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_BODY_H
#define EXPERIMENTS_PROBES_HTTP_BODY_H

#include <stddef.h>

/* Zero-initialise. */
struct http_body {
	char *text; /* NUL-terminated when there is anything */
	size_t length;
	size_t size;
};

/* The limit is the caller's. */
void http_body_add(struct http_body *body, const char *bytes, size_t length);
/* For the next answer: a small buffer is kept. */
void http_body_reset(struct http_body *body);
void http_body_release(struct http_body *body);

#endif
