/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_template - texts of a sequence: "%{name}" stands for what an earlier step captured, "%%{"
 * for "%{". A per cent sign before anything else is itself, as in URLs.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_TEMPLATE_H
#define EXPERIMENTS_PROBES_HTTP_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/outcome.h"

/* No captured value is longer, and nothing that is made of them. */
#define HTTP_VALUE_MAX	  ((size_t)8 * 1024)
#define HTTP_EXPANDED_MAX ((size_t)256 * 1024)

/* Literal text, or the name of a value. Borrowed from the template, not terminated. */
struct template_part {
	const char *text;
	size_t length;
	bool is_name;
};

/* Takes the next part off *cursor; false at the end. A "%{" without its "}" is literal text. */
bool template_next(const char **cursor, struct template_part *ret_part);

/* What was captured, by name; values are owned. Zero-initialise. */
struct http_values {
	struct {
		const char *name;
		char *value;
	} * items;
	size_t count;
};

/* Takes value over; one of the same name is replaced. */
void http_values_set(struct http_values *values, const char *name, char *value);
/* Forgets all. */
void http_values_clear(struct http_values *values);

enum template_place {
	TEMPLATE_URL, /* all but unreserved characters of values are percent-encoded (RFC 3986) */
	TEMPLATE_HEADER, /* no value may end the line */
	TEMPLATE_BODY,	 /* as they are */
};

/* The text with values in it, to be freed. OUTCOME_BODY: a value is missing or cannot be there;
 * OUTCOME_TOO_LARGE. */
enum outcome http_template_expand(const char *text, enum template_place place,
	const struct http_values *values, char **ret_text);

#endif
