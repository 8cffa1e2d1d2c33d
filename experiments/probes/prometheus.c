/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prometheus - a query of Prometheus (or what speaks its HTTP API), whose samples must be in a
 * range: now, or over the time just gone by.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "experiments/probes/http_call.h"
#include "experiments/probes/http_url.h"
#include "experiments/probes/prometheus_answer.h"
#include "reports/mem.h"

#define NS_PER_S    1e9
#define MARGIN_S    1.0
#define STEPS	    12 /* of a range, unless the step is given */
#define STEP_MIN_NS INT64_C(1000000)
#define POINTS_MAX  11000 /* as many as Prometheus gives of a series */

struct prometheus_probe {
	struct http_probe http; /* the URL is that of the server */
	const char *query;
	struct number_range conditions;
	int64_t range_ns; /* 0: now only */
	int64_t step_ns;  /* 0: a twelfth */
	bool empty_is_right;
};

struct prometheus_state {
	struct http_call_state call;
	char *url;
	char *form; /* what is the same in every request */
	struct header *headers;
};

static const struct prometheus_probe *probe_of(const struct http_call *call)
{
	return exchange_settings(&call->exchange);
}

static int64_t step_of(const struct prometheus_probe *probe)
{
	const int64_t step_ns = probe->range_ns / STEPS;

	if (probe->step_ns > 0)
		return probe->step_ns;
	return step_ns > STEP_MIN_NS ? step_ns : STEP_MIN_NS;
}

/* To the millisecond, which is how exact Prometheus is. */
static char *form_of(const struct http_call *call)
{
	const struct prometheus_state *state = exchange_state(&call->exchange);
	const struct prometheus_probe *probe = probe_of(call);
	struct timespec now;
	double end;

	if (probe->range_ns == 0)
		return xstrdup(state->form);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	end = (double)now.tv_sec + (double)now.tv_nsec / NS_PER_S;
	return xasprintf("%s&start=%.3f&end=%.3f&step=%.3f", state->form,
		end - (double)probe->range_ns / NS_PER_S, end, (double)step_of(probe) / NS_PER_S);
}

static int prepare(struct http_call *call)
{
	CURL *easy = call->request.transfer.easy;
	cleanup_free char *form = form_of(call);

	return curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(form)) ==
				       CURLE_OK &&
			       curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, form) == CURLE_OK
		       ? 0
		       : -1;
}

/* Errors have a status, too, and say more in their body. */
static enum outcome judge(struct http_call *call, const char *body, size_t length)
{
	const struct prometheus_probe *probe = probe_of(call);
	const long status = http_request_status(&call->request);
	const struct prometheus_answer answer =
		prometheus_answer_read(body, length, &probe->conditions, probe->empty_is_right);

	if (status < 200 || status > 299)
		return answer.outcome == OUTCOME_BODY ? OUTCOME_BODY : OUTCOME_STATUS;
	call->exchange.answer.value = answer.value;
	call->exchange.answer.has_value = answer.has_value;
	return answer.outcome;
}

/* Those of the file, and one that they must not say. */
static void headers_set(struct prometheus_state *state)
{
	struct http_probe *request = &state->call.probe;
	const size_t count = request->header_count;

	state->headers = xcalloc(count + 1, sizeof(*state->headers));
	state->headers[0] = (struct header){"Content-Type", "application/x-www-form-urlencoded"};
	for (size_t i = 0; i < count; i++)
		state->headers[i + 1] = request->headers[i];
	request->headers = state->headers;
	request->header_count = count + 1;
}

static int prometheus_open(struct prober *prober, struct err *err)
{
	const struct prometheus_probe *probe =
		(const struct prometheus_probe *)prober->probe->settings;
	struct prometheus_state *state = xcalloc(1, sizeof(*state));
	size_t length = strlen(probe->http.url);
	char *query = curl_easy_escape(NULL, probe->query, 0);

	prober->state = state;
	if (query == NULL)
		out_of_memory();
	while (length > 0 && probe->http.url[length - 1] == '/')
		length--;
	state->url = xasprintf("%.*s/api/v1/%s", (int)length, probe->http.url,
		probe->range_ns > 0 ? "query_range" : "query");
	/* The server need not go on with what nobody waits for; but it is not to end the query. */
	state->form = xasprintf("query=%s&timeout=%.3f", query,
		(double)probe->http.common.timeout_ns / NS_PER_S + MARGIN_S);
	curl_free(query);
	state->call.probe = probe->http;
	state->call.probe.url = state->url;
	state->call.probe.body = state->form;
	headers_set(state);
	state->call.prepare = prepare;
	state->call.judge = judge;
	return http_call_open(&state->call, err);
}

static void prometheus_close(struct prober *prober)
{
	struct prometheus_state *state = prober->state;

	http_call_close(&state->call);
	free(state->url);
	free(state->form);
	free(state->headers);
	free(state);
}

static bool prometheus_peer(const void *settings, struct probe_peer *ret_peer)
{
	const struct prometheus_probe *probe = settings;

	ret_peer->protocol = IPPROTO_TCP;
	return http_url_place(
		probe->http.url, ret_peer->host, sizeof(ret_peer->host), &ret_peer->port);
}

static void read_server(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_url = ret_value;

	http_read_url(decode, node, name, ret_value);
	if (*ret_url != NULL && strpbrk(*ret_url, "?#") != NULL)
		err_list_add(decode->errors, node->loc,
			"%s: expected the URL of the server only, without a query", name);
}

/* A duration that is more than nothing. */
static void read_span(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	int64_t *ret_ns = ret_value;
	const size_t errors_before = decode->errors->total;

	decode_duration(decode, node, name, ret_ns);
	if (decode->errors->total == errors_before && *ret_ns < STEP_MIN_NS)
		err_list_add(decode->errors, node->loc, "%s: expected 1ms or more", name);
}

static void read_empty(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	bool *ret_right = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, "ok or fail", &scalar))
		return;
	*ret_right = strcmp(scalar.text, "ok") == 0;
	if (!*ret_right && strcmp(scalar.text, "fail") != 0)
		err_list_add(decode->errors, node->loc, "%s: expected ok or fail, not '%s'", name,
			scalar_shown(&scalar).text);
}

#define KEY(name, read, field, required)                                                           \
	{                                                                                          \
		name, read, offsetof(struct prometheus_probe, field), required                     \
	}

static const struct probe_key keys[] = {
	{KEY("url", read_server, http.url, true), "url", NULL, "of the server"},
	{KEY("query", decode_text, query, true), "name", NULL, "an expression in PromQL"},
	{KEY("value", number_range_read, conditions, true), "conditions", NULL,
		"what every sample must keep to"},
	{KEY("range", read_span, range_ns, false), "duration", NULL,
		"ask for the time just gone by, and not for now"},
	{KEY("step", read_span, step_ns, false), "duration", "a twelfth of range",
		"the time between two samples of a range"},
	{KEY("empty", read_empty, empty_is_right, false), "empty", "fail",
		"what a result without samples is: ok or fail"},
	PROBE_KEY_TIMEOUT,
	{KEY("headers", http_read_headers, http, false), "headers", NULL, "headers of the request"},
	{KEY("tls", http_read_tls, http, false), "tls", NULL,
		"certificates: ca, cert, key; insecure: true"},
	PROBE_KEYS_END,
};

static void defaults(void *settings)
{
	struct prometheus_probe *probe = settings;

	http_defaults(&probe->http);
	probe->http.method = "POST";
}

static void check(struct decode *decode, const struct node *node, const void *settings)
{
	const struct prometheus_probe *probe = settings;
	const struct node *step = node_find(node, "step");

	if (step == NULL)
		return;
	if (probe->range_ns == 0)
		err_list_add(decode->errors, step->loc, "step: has no meaning without range");
	else if (probe->range_ns / probe->step_ns > POINTS_MAX)
		err_list_add(decode->errors, step->loc,
			"step: expected a longer one, for at most %d samples in the range",
			POINTS_MAX);
	else if (probe->step_ns > probe->range_ns)
		err_list_add(decode->errors, step->loc, "step: is longer than range");
}

const struct probe_kind probe_prometheus = {
	.name = "prometheus",
	.summary = "what Prometheus knows: the samples of a query, and their range",
	.example = "{ url: \"http://127.0.0.1:9090\", query: \"up\", value: \">= 1\" }",
	.keys = keys,
	.settings_size = sizeof(struct prometheus_probe),
	.defaults = defaults,
	.check = check,
	.peer = prometheus_peer,
	.open = prometheus_open,
	.close = prometheus_close,
	.exchange_size = sizeof(struct http_call),
	.start = http_call_start,
	.stop = http_call_stop,
	.discard = http_call_discard,
	.library = http_library,
};
