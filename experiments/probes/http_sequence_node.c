/* SPDX-License-Identifier: Apache-2.0 */
/* "sequence" of "http": the steps, and what they capture. */
#include <string.h>

#include "experiments/probes/http_probe.h"
#include "experiments/probes/http_template.h"

#define STEPS_MAX    20
#define CAPTURES_MAX 20 /* of a step */

static void read_capture_header(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_text = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, "the name of a header", &scalar))
		return;
	if (!http_is_token(scalar.text))
		err_list_add(decode->errors, node->loc, "%s: '%s' cannot be the name of a header",
			name, scalar_shown(&scalar).text);
	*ret_text = scalar.text;
}

static const struct member capture_members[] = {
	{"json", http_read_json_path, offsetof(struct http_capture, json), false},
	{"header", read_capture_header, offsetof(struct http_capture, header), false},
	{"matches", decode_expression, offsetof(struct http_capture, matches), false},
	{NULL, NULL, 0, false},
};

static void read_capture(
	struct decode *decode, const struct node_entry *entry, struct http_capture *ret_capture)
{
	const char *name = decode_name(decode, entry->key);

	ret_capture->name = entry->key->text;
	if (!variable_name_ok(entry->key->text))
		err_list_add(decode->errors, entry->key->loc,
			"'%s' cannot be a name: letters, digits and _ only", name);
	if (!decode_mapping(decode, entry->value, name, capture_members, ret_capture))
		return;
	if (entry->value->count > 1)
		err_list_add(decode->errors, entry->value->loc,
			"%s: expected one of json, header and matches", name);
}

static void read_captures(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct http_step *step = ret_value;

	if (!decode_is(decode, node, NODE_MAPPING, name))
		return;
	if (node->count > CAPTURES_MAX) {
		err_list_add(decode->errors, node->loc, "%s: expected at most %d values", name,
			CAPTURES_MAX);
		return;
	}
	step->captures = arena_alloc(decode->arena, node->count * sizeof(*step->captures));
	step->capture_count = node->count;
	for (size_t i = 0; i < node->count; i++)
		read_capture(decode, &node->entries[i], &step->captures[i]);
}

#define KEY(name, read, field, required)                                                           \
	{                                                                                          \
		name, read, offsetof(struct http_step, field), required                            \
	}

static const struct member step_members[] = {
	KEY("url", http_read_url, request.url, true),
	KEY("method", http_read_method, request.method, false),
	KEY("headers", http_read_headers, request, false),
	KEY("body", decode_any_text, request.body, false),
	KEY("follow_redirects", decode_boolean, request.follow_redirects, false),
	KEY("status", http_read_statuses, request, false),
	KEY("header", http_read_header_checks, request, false),
	KEY("equals", decode_any_text, request.body_equals, false),
	KEY("contains", decode_text, request.body_contains, false),
	KEY("matches", decode_expression, request.body_matches, false),
	KEY("json", http_read_json, request, false),
	{"capture", read_captures, 0, false},
	{NULL, NULL, 0, false},
};

/* Is the name among what the steps before this one capture? Offers them to nearest. */
static bool is_captured(const struct http_step *steps, size_t count,
	const struct template_part *part, struct nearest *nearest)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < steps[i].capture_count; j++) {
			const char *name = steps[i].captures[j].name;

			if (strlen(name) == part->length &&
				memcmp(name, part->text, part->length) == 0)
				return true;
			nearest_offer(nearest, name);
		}
	}
	return false;
}

/* A text of a step, with its place. */
static void check_text(struct decode *decode, const struct node *node, const char *name,
	const char *text, const struct http_step *steps, size_t count)
{
	struct template_part part;

	if (node == NULL || text == NULL)
		return;
	while (template_next(&text, &part)) {
		cleanup_free char *unknown = NULL;
		struct nearest nearest;
		const char *shown;

		if (!part.is_name)
			continue;
		unknown = xasprintf("%.*s", (int)part.length, part.text);
		nearest = decode_nearest(decode, unknown);
		if (is_captured(steps, count, &part, &nearest))
			continue;
		/* It may come from a variable that is secret. */
		shown = strstr(node->text, unknown) != NULL ? unknown : "***";
		if (decode->errors->text_private || nearest.best == NULL)
			err_list_add(decode->errors, node->loc,
				"%s: no step before this one captures '%s'", name,
				quote_file(decode->errors, shown).text);
		else
			err_list_add(decode->errors, node->loc,
				"%s: no step before this one captures '%s' (did you mean '%s'?)",
				name, quote(shown).text, nearest.best);
	}
}

/* Where requests go is the experiment's to say, and not an answer's. */
static void check_host(struct decode *decode, const struct node *node, const char *url)
{
	const char *host = url != NULL ? strstr(url, "://") : NULL;
	const char *name = url != NULL ? strstr(url, "%{") : NULL;

	if (host == NULL || name == NULL)
		return;
	host += 3;
	if (name < host + strcspn(host, "/?#"))
		err_list_add(decode->errors, node->loc,
			"url: a captured value cannot be in the host or port");
}

/* The names that its texts use. */
static void check_names(
	struct decode *decode, const struct node *node, const struct http_step *steps, size_t at)
{
	const struct http_probe *request = &steps[at].request;
	const struct node *headers = node_find(node, "headers");

	check_host(decode, node_find(node, "url"), request->url);
	check_text(decode, node_find(node, "url"), "url", request->url, steps, at);
	check_text(decode, node_find(node, "body"), "body", request->body, steps, at);
	for (size_t i = 0; i < request->header_count; i++)
		check_text(decode, headers->entries[i].value,
			decode_name(decode, headers->entries[i].key), request->headers[i].value,
			steps, at);
}

void http_read_sequence(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct http_probe *http = ret_value;

	if (!decode_is(decode, node, NODE_LIST, name))
		return;
	if (node->count > STEPS_MAX) {
		err_list_add(decode->errors, node->loc, "%s: expected at most %d steps", name,
			STEPS_MAX);
		return;
	}
	http->step_count = node->count;
	http->steps = arena_alloc(decode->arena, node->count * sizeof(*http->steps));
	for (size_t i = 0; i < node->count; i++) {
		const struct node *item = node_item(node, i);

		http_defaults(&http->steps[i].request);
		if (decode_mapping(decode, item, name, step_members, &http->steps[i]))
			check_names(decode, item, http->steps, i);
	}
}
