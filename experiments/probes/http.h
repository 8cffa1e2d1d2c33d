/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http - HTTP requests by libcurl's multi interface, in the event loop.
 *
 * Requests go straight to the server: the proxy variables of the environment are ignored, because
 * a probe measures the system and not the way through a proxy. Connections are kept and used
 * again. An answer's body may have 1 MiB.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_H
#define EXPERIMENTS_PROBES_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "experiments/experiment.h"
#include "experiments/loop.h"
#include "experiments/outcome.h"
#include "reports/err.h"

struct http_client; /* the connections, shared by all probes */
struct http_prober; /* one probe's requests */

/* Called when a request has ended, never from within http_prober_send. */
typedef void http_done(
	void *data, int64_t due_ns, unsigned int tag, enum outcome outcome, int64_t ended_ns);

/* Borrows loop. The process should ignore SIGPIPE: a TLS library may write to a broken pipe. */
int http_client_new(struct loop *loop, struct http_client **ret_client, struct err *err);
/* All probers must be freed before. */
void http_client_free(struct http_client *client);

/* Borrows client and probe. ERR_USAGE if the probe's URL, expressions or methods are no good. */
int http_prober_new(struct http_client *client, const struct http_probe *probe, http_done *done,
	void *data, struct http_prober **ret_prober, struct err *err);
/* Drops what is in flight without a word. */
void http_prober_free(struct http_prober *prober);

/* Sends a request; due_ns and tag come back to done. -1: too much is in flight, nothing was sent
 * and done will not be called. */
int http_prober_send(struct http_prober *prober, int64_t due_ns, unsigned int tag);

size_t http_prober_in_flight(const struct http_prober *prober);
/* How many in flight were due before due_ns. */
size_t http_prober_overdue(const struct http_prober *prober, int64_t due_ns);

/* Ends what is in flight as OUTCOME_CANCELLED, calling done. */
void http_prober_cancel(struct http_prober *prober);

/* Is url one that a probe can ask? Else ERR_USAGE with the reason. */
int http_url_check(const char *url, struct err *err);

#endif
