/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_client - libcurl's multi handle as a part of the event loop.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_CLIENT_H
#define EXPERIMENTS_PROBES_HTTP_CLIENT_H

#include <curl/curl.h>
#include <stdbool.h>

#include "experiments/loop.h"
#include "reports/err.h"

struct http_client; /* the connections, shared by all probes */

/* A transfer in the client; the pointer to it is the easy handle's CURLOPT_PRIVATE. ended is called
 * after the handle has left the multi handle. */
struct http_transfer {
	CURL *easy;
	void (*ended)(struct http_transfer *transfer, CURLcode code);
};

/* Borrows loop. The process should ignore SIGPIPE: a TLS library may write to a broken pipe. */
int http_client_new(struct loop *loop, struct http_client **ret_client, struct err *err);
/* No transfer may be in it any more. */
void http_client_free(struct http_client *client);

/* False: the limit of transfers in flight is reached, or libcurl refused. */
bool http_client_add(struct http_client *client, struct http_transfer *transfer);
/* Takes a transfer out before its end. */
void http_client_remove(struct http_client *client, struct http_transfer *transfer);

#endif
