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

/* OUTCOME_OK, _STATUS or _BODY. body has length bytes and a NUL after them; a regular expression
 * sees it up to its first NUL. */
enum outcome http_match_judge(
	const struct http_match *match, long status, const char *body, size_t length);

#endif
