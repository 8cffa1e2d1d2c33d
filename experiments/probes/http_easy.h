/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_easy - what a probe asks for, in libcurl's terms, and what libcurl answers, in ours.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_EASY_H
#define EXPERIMENTS_PROBES_HTTP_EASY_H

#include <curl/curl.h>
#include <stdbool.h>

#include "experiments/outcome.h"
#include "experiments/probes/http_files.h"
#include "experiments/probes/http_probe.h"
#include "reports/err.h"

/* The request headers; the caller frees them with curl_slist_free_all. */
int http_headers_make(
	const struct http_probe *probe, struct curl_slist **ret_headers, struct err *err);

/* Sets all but the callbacks and cookies, also of a handle that asked for something else before.
 * headers, files and the probe's body are borrowed. -1: libcurl refused. */
int http_easy_configure(CURL *easy, const struct http_probe *probe, struct curl_slist *headers,
	const struct http_files *files);

/* Did the answer come in the version of HTTP that was asked for, or a higher one? */
bool http_version_is_right(CURL *easy, const struct http_probe *probe);

/* What a failed transfer counts as. */
enum outcome http_outcome(CURLcode code);

#endif
