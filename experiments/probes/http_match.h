/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_match - is a complete HTTP answer the one that a probe wants?
 */
#ifndef EXPERIMENTS_PROBES_HTTP_MATCH_H
#define EXPERIMENTS_PROBES_HTTP_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/outcome.h"
#include "experiments/probes/http_probe.h"
#include "reports/err.h"

struct http_match;

/* Borrows probe. ERR_USAGE for a bad regular expression or JSON path. */
int http_match_new(const struct http_probe *probe, struct http_match **ret_match, struct err *err);
void http_match_free(struct http_match *match);

/* Is the body looked at? If not, it need not be kept. */
bool http_match_wants_body(const struct http_match *match);

/* What was found in an answer. */
struct http_finding {
	enum outcome outcome;
	double value; /* the number that the last of the conditions was about */
	bool has_value;
};

/* OUTCOME_OK, _STATUS, _BODY or _VALUE, of all but the headers. body has length bytes and a NUL
 * after them; a regular expression sees it up to its first NUL. */
struct http_finding http_match_find(
	const struct http_match *match, long status, const char *body, size_t length);

/* The value of the header of that name with that index, NULL: there are no more. */
typedef const char *http_header_find(void *data, const char *name, size_t index);

/* Are the answer's headers as they should be? */
bool http_match_headers(const struct http_match *match, http_header_find *find, void *data);

#endif
