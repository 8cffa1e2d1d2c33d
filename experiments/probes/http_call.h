/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_call - the exchange of kinds that ask one thing by HTTP and judge the answer themselves.
 *
 * Such a kind's state begins with a struct http_call_state; its start, stop and discard are those
 * below, and its exchange_size is that of struct http_call.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_CALL_H
#define EXPERIMENTS_PROBES_HTTP_CALL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "experiments/outcome.h"
#include "experiments/probes/http_files.h"
#include "experiments/probes/http_probe.h"
#include "experiments/probes/http_request.h"
#include "experiments/probes/prober.h"
#include "reports/err.h"

struct http_call {
	struct exchange exchange;
	struct http_request request;
};

struct http_call_state {
	struct http_probe probe; /* what is asked; its texts live as long as the state */
	struct curl_slist *headers;
	struct http_files files;
	/* Sets the body of a request. -1: it could not. */
	int (*prepare)(struct http_call *call);
	/* Looks at an answer that is complete. body has a NUL after its length bytes. */
	enum outcome (*judge)(struct http_call *call, const char *body, size_t length);
};

/* Once probe, prepare and judge are set. ERR_USAGE and others. */
int http_call_open(struct http_call_state *state, struct err *err);
/* Also after http_call_open failed. The state itself is the caller's. */
void http_call_close(struct http_call_state *state);

bool http_call_start(struct exchange *exchange);
void http_call_stop(struct exchange *exchange);
void http_call_discard(struct exchange *exchange);

#endif
