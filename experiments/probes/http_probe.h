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
#include "experiments/probes/number_range.h"

struct http_step;

struct header {
	const char *name;
	const char *value;
};

/* What must be at a place in the body's JSON. At most one of the last three; none: it must exist.
 */
struct json_check {
	const char *path;		/* "$.orders[0].id" */
	const char *equals;		/* as JSON text or plain; NULL */
	const char *matches;		/* POSIX extended regular expression, of a text; NULL */
	struct number_range conditions; /* of a number */
};

enum http_version { HTTP_VERSION_AUTO, HTTP_VERSION_1_1, HTTP_VERSION_2 };

struct http_probe {
	struct probe_settings common;
	const char *url;
	const char *method; /* "GET" */
	struct header *headers;
	size_t header_count;
	const char *body; /* NULL: none */
	bool follow_redirects;
	bool cookies; /* keep those of an answer for the requests that follow it */
	enum http_version version;
	/* TLS */
	bool insecure;
	const char *ca_file;   /* NULL: the system's */
	const char *cert_file; /* NULL: none */
	const char *key_file;
	/* what counts as success */
	int *statuses; /* allowed codes; none: 200 to 299 */
	size_t status_count;
	struct header *header_checks; /* the values are patterns (pattern.h) */
	size_t header_check_count;
	const char *body_equals;   /* NULL: not asked */
	const char *body_contains; /* NULL: not asked */
	const char *body_matches;  /* POSIX extended regular expression; NULL */
	struct json_check *json_checks;
	size_t json_check_count;
	/* The requests to make one after the other, instead of the one above; NULL */
	struct http_step *steps;
	size_t step_count;
};

/* A text that a later step may use: from one of three places, the others are NULL. */
struct http_capture {
	const char *name;
	const char *json;    /* a path */
	const char *header;  /* a name */
	const char *matches; /* a regular expression: its first group, or all of it */
};

struct http_step {
	struct http_probe request;
	struct http_capture *captures;
	size_t capture_count;
};

/* The keys of "http", and what http_node.c knows of them. */
extern const struct probe_key http_keys[];
void http_defaults(void *settings);
const char *http_library(struct arena *arena);
void http_check(struct decode *decode, const struct node *node, const void *settings);

/* Readers, into the struct http_probe that ret_value points to unless said otherwise. */
decode_reader http_read_url;	       /* const char * */
decode_reader http_read_method;	       /* const char * */
decode_reader http_read_headers;       /* a mapping of texts */
decode_reader http_read_tls;	       /* files and "insecure" */
decode_reader http_read_statuses;      /* codes, ranges, classes */
decode_reader http_read_header_checks; /* a mapping of patterns */
decode_reader http_read_json;	       /* a check, or a list of them */
decode_reader http_read_json_path;     /* const char * */
decode_reader http_read_sequence;      /* a list of steps */

/* The characters of methods and header names: token in RFC 9110, section 5.6.2. */
bool http_is_token(const char *text);

#endif
