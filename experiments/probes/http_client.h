/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_client - libcurl's multi handle as a part of the event loop; the lower half of http.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_CLIENT_H
#define EXPERIMENTS_PROBES_HTTP_CLIENT_H

#include <curl/curl.h>
#include <stdbool.h>

#include "experiments/probes/http.h"

/* A transfer in the client; the pointer to it is the easy handle's CURLOPT_PRIVATE. ended is called
 * after the handle has left the multi handle. */
struct http_transfer {
	CURL *easy;
	void (*ended)(struct http_transfer *transfer, CURLcode code);
};

/* False: the limit of transfers in flight is reached, or libcurl refused. */
bool http_client_add(struct http_client *client, struct http_transfer *transfer);
/* Takes a transfer out before its end. */
void http_client_remove(struct http_client *client, struct http_transfer *transfer);

#endif
