/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_request - one request by libcurl with its answer, whatever the kind of probe that makes it.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_REQUEST_H
#define EXPERIMENTS_PROBES_HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "experiments/probes/answer.h"
#include "experiments/probes/http_body.h"
#include "experiments/probes/http_client.h"
#include "experiments/probes/http_probe.h"

/* Zero-initialise; release with http_request_release. */
struct http_request {
	struct http_transfer transfer;
	struct http_body body;
	int64_t first_byte_ns; /* of the last answer so far, CLOCK_MONOTONIC; 0: none */
	size_t headers_length;
	bool headers_ended;
	bool only_reuse; /* may not open a connection, and */
	bool refused;	 /* wanted to */
};

/* Makes the handle if there is none, with a jar for cookies if that is wanted. Asks for the body
 * and for ended to be called. */
bool http_request_open(struct http_request *request, bool cookies,
	void (*ended)(struct http_transfer *transfer, CURLcode code));
void http_request_release(struct http_request *request);

/* Has libcurl trouble with this probe's connections when they are used again? Then redirects cannot
 * be followed. */
bool http_reuse_is_broken(const struct http_probe *probe);

/* Sends it once it is configured. False: the limit is reached, or libcurl refused. */
bool http_request_send(
	struct http_client *client, struct http_request *request, const struct http_probe *probe);
/* To be asked when it has ended: is it under way again, because it needs a new connection? Then it
 * ends once more. */
bool http_request_again(struct http_client *client, struct http_request *request, CURLcode code);
/* Before each answer. Is its body to be kept? */
void http_request_begin(struct http_request *request, bool keep);

/* What the transfer came to before anybody looks at the answer: a failure, or a lower version of
 * HTTP than was asked for. */
enum outcome http_request_outcome(
	const struct http_request *request, const struct http_probe *probe, CURLcode code);

/* The status; 0: there is none. */
long http_request_status(const struct http_request *request);

/* A header of the answer, or of its trailer: an http_header_find (http_match.h) with the
 * struct http_request as data. */
const char *http_request_header(void *data, const char *name, size_t index);

/* Fills in the parts of the time. first: it is the exchange's first request, whose connection
 * counts. */
void http_request_parts(
	const struct http_request *request, bool first, struct probe_answer *answer);

#endif
