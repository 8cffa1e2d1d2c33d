/* SPDX-License-Identifier: Apache-2.0 */
/* "http" of a probe: the request, and what counts as a good answer. */
#include <curl/curl.h>
#include <string.h>

#include "experiments/http_status.h"
#include "experiments/probes/http_probe.h"
#include "experiments/probes/json_path.h"

#define URL_EXPECTED "a URL such as http://127.0.0.1:8080/path"

/* The characters of methods and header names: token in RFC 9110, section 5.6.2. */
#define TOKEN "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_token(const char *text)
{
	return *text != '\0' && text[strspn(text, TOKEN)] == '\0';
}

static bool is_http(CURLU *parts)
{
	char *scheme = NULL;
	bool http = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

	curl_free(scheme);
	return http;
}

/* By libcurl itself, which is what will fetch it. */
static bool url_ok(const char *url)
{
	CURLU *parts = curl_url();
	bool ok;

	if (parts == NULL)
		out_of_memory();
	ok = curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK && is_http(parts);
	curl_url_cleanup(parts);
	return ok;
}

static void read_url(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_url = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, URL_EXPECTED, &scalar))
		return;
	if (!url_ok(scalar.text))
		err_list_add(decode->errors, node->loc, "%s: expected " URL_EXPECTED ", not '%s'",
			name, scalar_shown(&scalar).text);
	*ret_url = scalar.text;
}

static void read_http_method(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_method = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, "an HTTP method such as GET", &scalar))
		return;
	if (!is_token(scalar.text) || strpbrk(scalar.text, "abcdefghijklmnopqrstuvwxyz") != NULL)
		err_list_add(decode->errors, node->loc,
			"%s: expected an HTTP method in capitals such as GET, not '%s'", name,
			scalar_shown(&scalar).text);
	*ret_method = scalar.text;
}

static void read_header(
	struct decode *decode, const struct node_entry *entry, struct header *ret_header)
{
	const struct node *key = entry->key;
	struct scalar scalar;

	ret_header->name = key->text;
	if (!is_token(key->text))
		err_list_add(decode->errors, key->loc, "'%s' cannot be the name of a header",
			quote_file(decode->errors, key->text).text);
	if (!decode_scalar(decode, entry->value, decode_name(decode, key), "the value of a header",
		    &scalar))
		return;
	if (strpbrk(scalar.text, "\r\n") != NULL)
		err_list_add(decode->errors, entry->value->loc,
			"%s: the value of a header is one line",
			quote_file(decode->errors, key->text).text);
	ret_header->value = scalar.text;
}

static void read_headers(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct http_probe *http = ret_value;

	if (!decode_is(decode, node, NODE_MAPPING, name))
		return;
	http->headers = arena_alloc(decode->arena, node->count * sizeof(*http->headers));
	http->header_count = node->count;
	for (size_t i = 0; i < node->count; i++)
		read_header(decode, &node->entries[i], &http->headers[i]);
}

/* "200", "200-299" or "2xx", or several of these. */
static void read_statuses(
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

static void read_json_path(
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
	{"path", read_json_path, offsetof(struct http_probe, json_path), true},
	{"equals", decode_any_text, offsetof(struct http_probe, json_equals), false},
	{NULL, NULL, 0, false},
};

static void read_json(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	decode_mapping(decode, node, name, json_members, ret_value);
}

static const struct member tls_members[] = {
	{"insecure", decode_boolean, offsetof(struct http_probe, insecure), false},
	{"ca", decode_text, offsetof(struct http_probe, ca_file), false},
	{"cert", decode_text, offsetof(struct http_probe, cert_file), false},
	{"key", decode_text, offsetof(struct http_probe, key_file), false},
	{NULL, NULL, 0, false},
};

static void read_tls(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const struct node *key;

	if (!decode_mapping(decode, node, name, tls_members, ret_value))
		return;
	key = node_find(node, "key");
	if (key != NULL && node_find(node, "cert") == NULL)
		err_list_add(decode->errors, key->loc, "key: has no meaning without cert");
}

#define KEY(name, read, field, required)                                                           \
	{                                                                                          \
		name, read, offsetof(struct http_probe, field), required                           \
	}
#define WHOLE(name, read)                                                                          \
	{                                                                                          \
		name, read, 0, false                                                               \
	}

const struct probe_key http_keys[] = {
	{KEY("url", read_url, url, true), "url", NULL, "what is asked for, http or https"},
	{KEY("method", read_http_method, method, false), "method", "GET", "the request's method"},
	{WHOLE("headers", read_headers), "headers", NULL, "headers of the request"},
	{KEY("body", decode_any_text, body, false), "text", NULL, "body of the request"},
	PROBE_KEY_TIMEOUT,
	{KEY("follow_redirects", decode_boolean, follow_redirects, false), "boolean", "false",
		"go where a redirect leads, ten times at most"},
	{WHOLE("tls", read_tls), "tls", NULL, "certificates: ca, cert, key; insecure: true"},
	{WHOLE("status", read_statuses), "statuses", "2xx", "the statuses that are right"},
	{KEY("contains", decode_text, body_contains, false), "name", NULL,
		"text that must be in the body"},
	{KEY("matches", decode_expression, body_matches, false), "name", NULL,
		"a regular expression that the body must match"},
	{WHOLE("json", read_json), "json", NULL,
		"what must be at a path in the body's JSON: path, equals"},
	PROBE_KEYS_END,
};

void http_defaults(void *settings)
{
	struct http_probe *http = settings;

	http->method = "GET";
}
