/* SPDX-License-Identifier: Apache-2.0 */
/* steady_state: what is measured, and what it must keep to. */
#include <stdlib.h>
#include <string.h>

#include "experiments/expression.h"
#include "experiments/nearest.h"
#include "experiments/probes/json_path.h"
#include "experiments/quote.h"
#include "experiments/reader.h"
#include "experiments/units.h"

#define TIMEOUT_DEFAULT_NS 1000000000LL
#define TIMEOUT_MAX_NS	   (10 * 60 * 1000000000LL)
#define RATE_DEFAULT	   10.0
#define RATE_MAX	   10000.0

static void read_headers(struct reader *reader, const struct node *node, struct http_probe *http)
{
	if (!reader_mapping(reader, node, "headers"))
		return;
	for (size_t i = 0; i < node->count; i++) {
		const char *name = node->entries[i].key->text;
		const char *value = reader_text(reader, node->entries[i].value, name);

		if (value == NULL)
			continue;
		/* A line break would smuggle in a header, or a request, of its own. */
		if (name[0] == '\0' || strpbrk(name, ": \t\r\n") != NULL ||
			strpbrk(value, "\r\n") != NULL) {
			reader_error(reader, node->entries[i].key,
				"headers: a name without spaces and a value of one line");
			continue;
		}
		http->headers = arena_grow(
			reader->arena, http->headers, http->header_count, sizeof(*http->headers));
		http->headers[http->header_count++] = (struct header){name, value};
	}
}

static void add_status(struct reader *reader, struct http_probe *http, long status)
{
	http->statuses = arena_grow(
		reader->arena, http->statuses, http->status_count, sizeof(*http->statuses));
	http->statuses[http->status_count++] = (int)status;
}

/* "200", or "200-299". */
static void read_status(struct reader *reader, const struct node *node, struct http_probe *http)
{
	const char *text = reader_text(reader, node, "status");
	char *end;
	long first;
	long last;

	if (text == NULL)
		return;
	first = last = strtol(text, &end, 10);
	if (end != text && *end == '-')
		last = strtol(end + 1, &end, 10);
	if (end == text || *end != '\0' || first < 100 || last > 599 || first > last) {
		reader_error(reader, node,
			"status: expected a code such as 200 or a range such as 200-299, not '%s'",
			quote(text).text);
		return;
	}
	for (long status = first; status <= last; status++)
		add_status(reader, http, status);
}

static void read_statuses(struct reader *reader, const struct node *node, struct http_probe *http)
{
	if (node->type != NODE_LIST) {
		read_status(reader, node, http);
		return;
	}
	for (size_t i = 0; i < node->count; i++)
		read_status(reader, node->entries[i].value, http);
}

static int json_path_check(const char *text, struct err *err)
{
	struct json_path *path;

	if (json_path_parse(text, &path, err) < 0)
		return -1;
	json_path_free(path);
	return 0;
}

static void read_json(struct reader *reader, const struct node *node, struct http_probe *http)
{
	static const char *const known[] = {"path", "equals", NULL};
	struct err err = {0};

	if (!reader_mapping(reader, node, "json"))
		return;
	reader_known_keys(reader, node, known);
	if (!reader_get_text(reader, node, "path", &http->json_path))
		reader_error(reader, node, "json: path is missing, e.g. $.status");
	else if (http->json_path != NULL && json_path_check(http->json_path, &err) < 0)
		reader_wrong(reader, node_find(node, "path"), "path", &err);
	reader_get_text(reader, node, "equals", &http->json_equals);
}

static void read_tls(struct reader *reader, const struct node *node, struct http_probe *http)
{
	static const char *const known[] = {"insecure", "ca", "cert", "key", NULL};

	if (!reader_mapping(reader, node, "tls"))
		return;
	reader_known_keys(reader, node, known);
	reader_get_bool(reader, node, "insecure", &http->insecure);
	reader_get_text(reader, node, "ca", &http->ca_file);
	reader_get_text(reader, node, "cert", &http->cert_file);
	reader_get_text(reader, node, "key", &http->key_file);
	if ((http->cert_file == NULL) != (http->key_file == NULL))
		reader_error(reader, node, "tls: cert and key go together");
}

static void check_url(struct reader *reader, const struct node *node, const char *url)
{
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		reader_error(reader, node, "url: must begin with http:// or https://");
	else if (strpbrk(url, " \t\r\n") != NULL)
		reader_error(reader, node, "url: must not contain spaces or line breaks");
}

static void read_http(struct reader *reader, const struct node *node, struct http_probe *http)
{
	static const char *const known[] = {"url", "method", "headers", "body", "timeout", "status",
		"contains", "matches", "json", "follow_redirects", "tls", NULL};
	struct err err = {0};

	http->method = "GET";
	http->timeout_ns = TIMEOUT_DEFAULT_NS;
	if (node->type == NODE_SCALAR) {
		http->url = reader_text(reader, node, "http");
		if (http->url != NULL)
			check_url(reader, node, http->url);
		return;
	}
	if (!reader_mapping(reader, node, "http"))
		return;
	reader_known_keys(reader, node, known);
	if (!reader_get_text(reader, node, "url", &http->url))
		reader_error(reader, node, "http: url is missing");
	else if (http->url != NULL)
		check_url(reader, node_find(node, "url"), http->url);
	if (reader_get_text(reader, node, "method", &http->method) &&
		(http->method[0] == '\0' ||
			http->method[strspn(http->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-")] != '\0'))
		reader_error(reader, node_find(node, "method"),
			"method: expected GET, POST, …, not '%s'", quote(http->method).text);
	if (node_find(node, "headers") != NULL)
		read_headers(reader, node_find(node, "headers"), http);
	reader_get_text(reader, node, "body", &http->body);
	if (reader_get_duration(reader, node, "timeout", &http->timeout_ns) &&
		(http->timeout_ns < 1000000 || http->timeout_ns > TIMEOUT_MAX_NS))
		reader_error(
			reader, node_find(node, "timeout"), "timeout: must be between 1ms and 10m");
	if (node_find(node, "status") != NULL)
		read_statuses(reader, node_find(node, "status"), http);
	reader_get_text(reader, node, "contains", &http->body_contains);
	if (reader_get_text(reader, node, "matches", &http->body_matches) &&
		http->body_matches != NULL && expression_check(http->body_matches, &err) < 0)
		reader_wrong(reader, node_find(node, "matches"), "matches", &err);
	if (node_find(node, "json") != NULL)
		read_json(reader, node_find(node, "json"), http);
	reader_get_bool(reader, node, "follow_redirects", &http->follow_redirects);
	if (node_find(node, "tls") != NULL)
		read_tls(reader, node_find(node, "tls"), http);
}

static bool read_tolerance(
	struct reader *reader, const struct node_entry *entry, struct tolerance *ret_tolerance)
{
	struct err err = {0};
	enum metric metric;
	const char *text;

	if (!metric_find(entry->key->text, &metric)) {
		struct nearest nearest = nearest_begin(entry->key->text, strlen(entry->key->text));

		for (int i = 0; i < METRIC_COUNT; i++)
			nearest_offer(&nearest, metric_name((enum metric)i));
		reader_error(reader, entry->key, "unknown metric '%s'%s%s%s",
			quote(entry->key->text).text,
			nearest.best != NULL ? " (did you mean '" : "",
			nearest.best != NULL ? nearest.best : "",
			nearest.best != NULL ? "'?)" : "");
		return false;
	}
	text = reader_text(reader, entry->value, entry->key->text);
	if (text == NULL)
		return false;
	if (tolerance_parse(metric, text, ret_tolerance, &err) < 0) {
		reader_wrong(reader, entry->value, entry->key->text, &err);
		return false;
	}
	return true;
}

static void read_tolerances(struct reader *reader, const struct node *probe, const char *key,
	struct tolerance **tolerances, size_t *count)
{
	const struct node *node = node_find(probe, key);

	if (node == NULL || !reader_mapping(reader, node, key))
		return;
	for (size_t i = 0; i < node->count; i++) {
		struct tolerance tolerance;

		if (!read_tolerance(reader, &node->entries[i], &tolerance))
			continue;
		*tolerances = arena_grow(reader->arena, *tolerances, *count, sizeof(**tolerances));
		(*tolerances)[(*count)++] = tolerance;
	}
}

static void read_rate(struct reader *reader, const struct node *node, struct probe *probe)
{
	const struct node *rate = node_find(node, "rate");
	struct err err = {0};
	const char *text;

	probe->rate = RATE_DEFAULT;
	if (rate == NULL)
		return;
	text = reader_text(reader, rate, "rate");
	if (text == NULL)
		return;
	if (frequency_parse(text, &probe->rate, &err) < 0)
		reader_wrong(reader, rate, "rate", &err);
	else if (probe->rate > RATE_MAX)
		reader_error(reader, rate, "rate: must be at most %.0f/s", RATE_MAX);
}

static void read_name(struct reader *reader, const struct node *node, struct probe *probe)
{
	const struct experiment *experiment = reader->experiment;

	probe->name = "";
	if (!reader_get_text(reader, node, "name", &probe->name)) {
		reader_error(reader, node, "a probe needs a name");
		return;
	}
	for (size_t i = 0; i < experiment->probe_count; i++)
		if (strcmp(experiment->probes[i].name, probe->name) == 0)
			reader_error(reader, node_find(node, "name"),
				"the name '%s' is taken by another probe", quote(probe->name).text);
}

static void read_probe(struct reader *reader, const struct node *node)
{
	static const char *const known[] = {"name", "http", "rate", "tolerate", "during", NULL};
	struct experiment *experiment = reader->experiment;
	struct probe probe = {.kind = PROBE_HTTP, .loc = node->loc};

	if (!reader_mapping(reader, node, "a probe"))
		return;
	reader_known_keys(reader, node, known);
	read_name(reader, node, &probe);
	if (node_find(node, "http") != NULL)
		read_http(reader, node_find(node, "http"), &probe.http);
	else
		reader_error(reader, node, "a probe needs http: the address to ask");
	read_rate(reader, node, &probe);
	if (node_find(node, "tolerate") == NULL)
		reader_error(reader, node,
			"tolerate is missing: what is steady, e.g. { success: \">= 99%%\" }");
	read_tolerances(reader, node, "tolerate", &probe.tolerate, &probe.tolerate_count);
	read_tolerances(reader, node, "during", &probe.during, &probe.during_count);
	experiment->probes = arena_grow(reader->arena, experiment->probes, experiment->probe_count,
		sizeof(*experiment->probes));
	experiment->probes[experiment->probe_count++] = probe;
}

void experiment_read_probes(struct reader *reader, const struct node *node)
{
	if (node->type != NODE_LIST) {
		reader_error(reader, node, "steady_state must be a list of probes, not %s",
			node_type_name(node));
		return;
	}
	for (size_t i = 0; i < node->count; i++)
		read_probe(reader, node->entries[i].value);
}

long experiment_find_probe(struct reader *reader, const struct node *node, const char *name)
{
	const struct experiment *experiment = reader->experiment;
	struct nearest nearest = nearest_begin(name, strlen(name));

	for (size_t i = 0; i < experiment->probe_count; i++) {
		if (strcmp(experiment->probes[i].name, name) == 0)
			return (long)i;
		nearest_offer(&nearest, experiment->probes[i].name);
	}
	if (nearest.best != NULL)
		reader_error(reader, node, "unknown probe '%s' (did you mean '%s'?)",
			quote(name).text, nearest.best);
	else
		reader_error(reader, node, "unknown probe '%s': it is not under steady_state",
			quote(name).text);
	return -1;
}

/* { probe: NAME, success: "< 20%", over: 3s } */
static void read_guard(struct reader *reader, const struct node *node)
{
	struct experiment *experiment = reader->experiment;
	struct guard guard = {0};
	const char *probe = NULL;
	size_t conditions = 0;
	long index = -1;

	if (!reader_mapping(reader, node, "a guard"))
		return;
	if (!reader_get_text(reader, node, "probe", &probe))
		reader_error(reader, node, "a guard needs probe: the name of one of steady_state");
	else if (probe != NULL)
		index = experiment_find_probe(reader, node_find(node, "probe"), probe);
	if (!reader_get_duration(reader, node, "over", &guard.over_ns))
		reader_error(reader, node, "a guard needs over: how long the condition must hold");
	else if (guard.over_ns < 100000000LL || guard.over_ns > 600000000000LL)
		reader_error(
			reader, node_find(node, "over"), "over: must be between 100ms and 10m");
	for (size_t i = 0; i < node->count; i++) {
		const char *key = node->entries[i].key->text;

		if (strcmp(key, "probe") == 0 || strcmp(key, "over") == 0)
			continue;
		read_tolerance(reader, &node->entries[i], &guard.condition);
		conditions++;
	}
	if (conditions != 1)
		reader_error(reader, node,
			"a guard has exactly one condition, e.g. success: \"< 20%%\"");
	guard.probe = index < 0 ? 0 : (size_t)index;
	experiment->guards = arena_grow(reader->arena, experiment->guards, experiment->guard_count,
		sizeof(*experiment->guards));
	experiment->guards[experiment->guard_count++] = guard;
}

void experiment_read_guards(struct reader *reader, const struct node *node)
{
	if (node->type != NODE_LIST) {
		reader_error(reader, node, "abort_when must be a list of guards, not %s",
			node_type_name(node));
		return;
	}
	for (size_t i = 0; i < node->count; i++)
		read_guard(reader, node->entries[i].value);
}
