/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_probe - what is asked by HTTP, and what counts as a good answer. Texts are never NULL unless
 * said so.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_PROBE_H
#define EXPERIMENTS_PROBES_HTTP_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/probes/kind.h"

struct header {
	const char *name;
	const char *value;
};

struct http_probe {
	struct probe_settings common;
	const char *url;
	const char *method; /* "GET" */
	struct header *headers;
	size_t header_count;
	const char *body; /* NULL: none */
	bool follow_redirects;
	/* TLS */
	bool insecure;
	const char *ca_file;   /* NULL: the system's */
	const char *cert_file; /* NULL: none */
	const char *key_file;
	/* what counts as success */
	int *statuses; /* allowed codes; none: 200 to 299 */
	size_t status_count;
	const char *body_contains; /* NULL: not asked */
	const char *body_matches;  /* POSIX extended regular expression; NULL */
	const char *json_path;	   /* "$.orders[0].id"; NULL */
	const char *json_equals;   /* the value there, as JSON text or plain; NULL: it must exist */
};

/* The keys of "http", and what http_node.c knows of them. */
extern const struct probe_key http_keys[];
void http_defaults(void *settings);

#endif
