/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_body - the body of an answer: counted always, kept on request,
 * and no more of it than a probe looks at.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_BODY_H
#define EXPERIMENTS_PROBES_HTTP_BODY_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "experiments/probes/http_limits.h"

/* Zero-initialise; release with http_body_release. */
struct http_body {
	size_t length; /* so far; above HTTP_BODY_MAX: it was too large, and was given up */
	char *data;    /* what is kept, NUL-terminated; or NULL */
	size_t size;   /* of data's buffer */
	bool keep;
};

/* False: it is too large, or there is no memory for it. */
bool http_body_add(struct http_body *body, const char *bytes, size_t length);

/* CURLOPT_WRITEFUNCTION, with the struct http_body as CURLOPT_WRITEDATA: user. */
size_t http_body_receive(char *data, size_t size, size_t count, void *user);

/* For the next answer. A small buffer stays. */
void http_body_begin(struct http_body *body, bool keep);

/* What was kept; an empty text when nothing was. */
const char *http_body_text(const struct http_body *body, size_t *ret_length);

void http_body_release(struct http_body *body);

#endif
