/* SPDX-License-Identifier: Apache-2.0 */
/* "http" of a probe: the request, and what counts as a good answer. */
#include <curl/curl.h>
#include <string.h>

#include "experiments/probes/http_probe.h"
#include "experiments/probes/http_request.h"
#include "reports/mem.h"

#define URL_EXPECTED	 "a URL such as http://127.0.0.1:8080/path"
#define VERSION_EXPECTED "auto, 1.1 or 2"

#define TOKEN "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool http_is_token(const char *text)
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

void http_read_url(
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

void http_read_method(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_method = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, "an HTTP method such as GET", &scalar))
		return;
	if (!http_is_token(scalar.text) ||
		strpbrk(scalar.text, "abcdefghijklmnopqrstuvwxyz") != NULL)
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
	if (!http_is_token(key->text))
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

void http_read_headers(
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

static const struct member tls_members[] = {
	{"insecure", decode_boolean, offsetof(struct http_probe, insecure), false},
	{"ca", decode_text, offsetof(struct http_probe, ca_file), false},
	{"cert", decode_text, offsetof(struct http_probe, cert_file), false},
	{"key", decode_text, offsetof(struct http_probe, key_file), false},
	{NULL, NULL, 0, false},
};

void http_read_tls(
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

static void read_version(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const struct {
		const char *text;
		enum http_version version;
	} versions[] = {
		{"auto", HTTP_VERSION_AUTO},
		{"1.1", HTTP_VERSION_1_1},
		{"2", HTTP_VERSION_2},
	};
	enum http_version *ret_version = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, VERSION_EXPECTED, &scalar))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		if (strcmp(versions[i].text, scalar.text) == 0) {
			*ret_version = versions[i].version;
			return;
		}
	}
	err_list_add(decode->errors, node->loc, "%s: expected " VERSION_EXPECTED ", not '%s'", name,
		scalar_shown(&scalar).text);
}

const struct probe_key http_keys[] = {
	{KEY("url", http_read_url, url, false), "url", NULL, "what is asked for, http or https"},
	{KEY("method", http_read_method, method, false), "method", "GET", "the request's method"},
	{WHOLE("headers", http_read_headers), "headers", NULL, "headers of the request"},
	{KEY("body", decode_any_text, body, false), "text", NULL, "body of the request"},
	PROBE_KEY_TIMEOUT,
	{KEY("version", read_version, version, false), "http_version", "auto",
		"of HTTP: 1.1 or 2; auto takes what the server offers by TLS"},
	{KEY("follow_redirects", decode_boolean, follow_redirects, false), "boolean", "false",
		"go where a redirect leads, ten times at most"},
	{KEY("cookies", decode_boolean, cookies, false), "boolean", "false",
		"send the cookies of an answer with the redirects that follow it"},
	{WHOLE("tls", http_read_tls), "tls", NULL, "certificates: ca, cert, key; insecure: true"},
	{WHOLE("status", http_read_statuses), "statuses", "2xx", "the statuses that are right"},
	{WHOLE("header", http_read_header_checks), "header_checks", NULL,
		"headers of the answer: a text, a glob or a /regular expression/ for each"},
	{KEY("equals", decode_any_text, body_equals, false), "text", NULL,
		"what the whole body must be"},
	{KEY("contains", decode_text, body_contains, false), "name", NULL,
		"text that must be in the body"},
	{KEY("matches", decode_expression, body_matches, false), "name", NULL,
		"a regular expression that the body must match"},
	{WHOLE("json", http_read_json), "json", NULL,
		"what must be at a path in the body's JSON: path, and equals, matches or value"},
	{WHOLE("sequence", http_read_sequence), "sequence", NULL,
		"requests one after the other, which hand on what they capture"},
	PROBE_KEYS_END,
};

/* With a sequence, the rest is said by its steps. */
static bool goes_with_sequence(const char *key)
{
	static const char *const keys[] = {"sequence", "timeout", "version", "tls"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i], key) == 0)
			return true;
	}
	return false;
}

/* A redirect would be on a connection that is used again. */
static void check_redirects(struct decode *decode, const struct node *node,
	struct http_probe request, enum http_version version)
{
	request.version = version;
	if (request.url != NULL && request.follow_redirects && http_reuse_is_broken(&request))
		err_list_add(decode->errors, node_find(node, "follow_redirects")->loc,
			"follow_redirects: libcurl %s cannot do that with version 2 without TLS",
			curl_version_info(CURLVERSION_NOW)->version);
}

static void check_sequence(
	struct decode *decode, const struct node *node, const struct http_probe *http)
{
	const struct node *sequence = node_find(node, "sequence");

	for (size_t i = 0; i < node->count; i++) {
		const struct node *key = node->entries[i].key;

		if (!goes_with_sequence(key->text))
			err_list_add(decode->errors, key->loc,
				"'%s' has no meaning beside 'sequence': its steps say it",
				key->text);
	}
	for (size_t i = 0; i < http->step_count; i++)
		check_redirects(
			decode, node_item(sequence, i), http->steps[i].request, http->version);
}

void http_check(struct decode *decode, const struct node *node, const void *settings)
{
	const struct http_probe *http = settings;

	if (http->steps != NULL)
		check_sequence(decode, node, http);
	else if (node_find(node, "url") == NULL)
		err_list_add(decode->errors, node->loc, "'url' is missing");
	else
		check_redirects(decode, node, *http, http->version);
}

void http_defaults(void *settings)
{
	struct http_probe *http = settings;

	http->method = "GET";
}
