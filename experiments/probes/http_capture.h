/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_capture - what a step of a sequence takes out of its answer, for the steps after it.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_CAPTURE_H
#define EXPERIMENTS_PROBES_HTTP_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/outcome.h"
#include "experiments/probes/http_match.h"
#include "experiments/probes/http_probe.h"
#include "experiments/probes/http_template.h"
#include "reports/err.h"

struct http_captures;

/* Borrows step. ERR_USAGE for a bad regular expression or JSON path. */
int http_captures_new(
	const struct http_step *step, struct http_captures **ret_captures, struct err *err);
void http_captures_free(struct http_captures *captures);

bool http_captures_want_body(const struct http_captures *captures);

/* Adds what is captured to values. OUTCOME_BODY: something was not there; OUTCOME_TOO_LARGE. */
enum outcome http_captures_take(const struct http_captures *captures, http_header_find *find,
	void *data, const char *body, size_t length, struct http_values *values);

#endif
