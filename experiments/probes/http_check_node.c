/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer must be: its status, headers and body. */
#include <string.h>

#include "experiments/http_status.h"
#include "experiments/probes/http_probe.h"
#include "experiments/probes/json_path.h"

/* "200", "200-299" or "2xx", or several of these. */
void http_read_statuses(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct http_probe *http = ret_value;
	bool allowed[HTTP_STATUS_MAX + 1] = {false};

	if (node->type == NODE_LIST && !decode_is(decode, node, NODE_LIST, name))
		return;
	for (size_t i = 0; i < node_count(node); i++) {
		const struct node *item = node_item(node, i);
		struct scalar scalar;

		if (decode_scalar(decode, item, name, HTTP_STATUS_EXPECTED, &scalar) &&
			!http_status_parse(scalar.text, allowed))
			err_list_add(decode->errors, item->loc,
				"%s: expected " HTTP_STATUS_EXPECTED ", not '%s'", name,
				scalar_shown(&scalar).text);
	}
	for (int status = HTTP_STATUS_MIN; status <= HTTP_STATUS_MAX; status++)
		http->status_count += allowed[status] ? 1 : 0;
	http->statuses = arena_alloc(decode->arena, http->status_count * sizeof(*http->statuses));
	for (int status = HTTP_STATUS_MIN, i = 0; status <= HTTP_STATUS_MAX; status++) {
		if (allowed[status])
			http->statuses[i++] = status;
	}
}

void http_read_header_checks(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct http_probe *http = ret_value;

	if (!decode_is(decode, node, NODE_MAPPING, name))
		return;
	http->header_checks =
		arena_alloc(decode->arena, node->count * sizeof(*http->header_checks));
	http->header_check_count = node->count;
	for (size_t i = 0; i < node->count; i++) {
		const struct node *key = node->entries[i].key;
		struct header *check = &http->header_checks[i];

		check->name = key->text;
		if (!http_is_token(key->text))
			err_list_add(decode->errors, key->loc,
				"'%s' cannot be the name of a header",
				quote_file(decode->errors, key->text).text);
		decode_pattern(
			decode, node->entries[i].value, decode_name(decode, key), &check->value);
	}
}

void http_read_json_path(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char expected[] = "a JSON path such as $.orders[0].id";
	const char **ret_text = ret_value;
	struct json_path *path = NULL;
	struct scalar scalar;
	struct err err;

	if (!decode_scalar(decode, node, name, expected, &scalar))
		return;
	if (json_path_parse(scalar.text, &path, &err) < 0)
		decode_reject(decode, node, name, &scalar, expected, &err);
	json_path_free(path);
	*ret_text = scalar.text;
}

static const struct member json_members[] = {
	{"path", http_read_json_path, offsetof(struct json_check, path), true},
	{"equals", decode_any_text, offsetof(struct json_check, equals), false},
	{"matches", decode_expression, offsetof(struct json_check, matches), false},
	{"value", number_range_read, offsetof(struct json_check, conditions), false},
	{NULL, NULL, 0, false},
};

static void read_json_check(struct decode *decode, const struct node *node, const char *name,
	struct json_check *ret_check)
{
	const char *first = NULL;

	if (!decode_mapping(decode, node, name, json_members, ret_check))
		return;
	for (size_t i = 0; i < node->count; i++) {
		const struct node *key = node->entries[i].key;

		if (strcmp(key->text, "path") == 0 || !decode_knows(json_members, key->text))
			continue;
		if (first != NULL)
			err_list_add(decode->errors, key->loc,
				"%s: '%s' and '%s' exclude each other", name, first, key->text);
		first = key->text;
	}
}

void http_read_json(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct http_probe *http = ret_value;

	if (node->type == NODE_LIST && !decode_is(decode, node, NODE_LIST, name))
		return;
	http->json_check_count = node_count(node);
	http->json_checks =
		arena_alloc(decode->arena, http->json_check_count * sizeof(*http->json_checks));
	for (size_t i = 0; i < http->json_check_count; i++)
		read_json_check(decode, node_item(node, i), name, &http->json_checks[i]);
}
