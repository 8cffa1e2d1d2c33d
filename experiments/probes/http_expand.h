/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_expand - a step of a sequence with the values that earlier steps captured.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_EXPAND_H
#define EXPERIMENTS_PROBES_HTTP_EXPAND_H

#include <curl/curl.h>
#include <stdbool.h>

#include "experiments/outcome.h"
#include "experiments/probes/http_probe.h"
#include "experiments/probes/http_template.h"

/* The step as it is sent, with texts of its own. Zero-initialise; release with
 * http_expanded_release. */
struct http_expanded {
	struct http_probe probe;
	char *url;
	char *body;
	struct curl_slist *curl_headers;
};

/* Has any of its texts a "%{"? */
bool http_expands(const struct http_probe *probe);

/* Makes it anew. OUTCOME_BODY: a value is missing or does not fit where it should go;
 * OUTCOME_TOO_LARGE. */
enum outcome http_expand(const struct http_probe *probe, const struct http_values *values,
	struct http_expanded *expanded);

void http_expanded_release(struct http_expanded *expanded);

#endif
