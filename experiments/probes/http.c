/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http - requests by libcurl's multi interface, but for the simplest, which http_wire makes.
 *
 * They go straight to the server: the proxy variables of the environment are ignored, because a
 * probe measures the system and not the way through a proxy. Connections are kept and used again.
 */
#include <string.h>

#include "experiments/probes/http_capture.h"
#include "experiments/probes/http_client.h"
#include "experiments/probes/http_easy.h"
#include "experiments/probes/http_expand.h"
#include "experiments/probes/http_files.h"
#include "experiments/probes/http_match.h"
#include "experiments/probes/http_probe.h"
#include "experiments/probes/http_request.h"
#include "experiments/probes/http_request_text.h"
#include "experiments/probes/http_url.h"
#include "experiments/probes/http_wire.h"
#include "experiments/probes/prober.h"
#include "reports/mem.h"

/* One request of a sequence, or the only one. */
struct http_stage {
	struct http_probe probe;
	struct http_match *match;
	struct curl_slist *headers;	/* unless values go into them */
	struct http_captures *captures; /* NULL: none */
	bool expands;			/* values that were captured go into its texts */
};

/* What all exchanges of a probe share. */
struct http_state {
	struct http_stage *stages;
	size_t count;
	struct http_files files;
};

/* One request, or a whole sequence; it stays configured and is used again. */
struct http_exchange {
	struct exchange exchange;
	struct http_request request;
	size_t stage;
	/* of a sequence */
	struct http_values values;
	struct http_expanded expanded;
};

static const struct http_stage *stage_of(const struct http_exchange *http)
{
	const struct http_state *state = exchange_state(&http->exchange);

	return &state->stages[http->stage];
}

static bool wants_body(const struct http_stage *stage)
{
	return http_match_wants_body(stage->match) ||
	       (stage->captures != NULL && http_captures_want_body(stage->captures));
}

/* Is the answer right? Takes what the next stages need. */
static enum outcome answer_judge(struct http_exchange *http, CURLcode code)
{
	const struct http_stage *stage = stage_of(http);
	enum outcome outcome = http_request_outcome(&http->request, &stage->probe, code);
	struct http_finding finding;
	size_t length;
	const char *body = http_body_text(&http->request.body, &length);

	if (outcome != OUTCOME_OK)
		return outcome;
	finding = http_match_find(stage->match, http_request_status(&http->request), body, length);
	http->exchange.answer.value = finding.value;
	http->exchange.answer.has_value = finding.has_value;
	if (finding.outcome != OUTCOME_STATUS &&
		!http_match_headers(stage->match, http_request_header, &http->request))
		return OUTCOME_HEADER;
	if (finding.outcome != OUTCOME_OK || stage->captures == NULL)
		return finding.outcome;
	return http_captures_take(
		stage->captures, http_request_header, &http->request, body, length, &http->values);
}

static void request_ended(struct http_transfer *transfer, CURLcode code);

static int stage_configure(struct http_exchange *http)
{
	const struct http_state *state = exchange_state(&http->exchange);
	const struct http_stage *stage = stage_of(http);
	const struct http_probe *probe = stage->expands ? &http->expanded.probe : &stage->probe;

	if (!http_request_open(&http->request, probe->cookies, request_ended))
		return -1;
	return http_easy_configure(http->request.transfer.easy, probe,
		stage->expands ? http->expanded.curl_headers : stage->headers, &state->files);
}

/* Begins the request of the stage. Any outcome but OK: it could not be sent. */
static enum outcome stage_begin(struct http_exchange *http)
{
	const struct http_state *state = exchange_state(&http->exchange);
	const struct http_stage *stage = stage_of(http);
	enum outcome outcome = OUTCOME_OK;

	http->exchange.answer.first_byte_ns = -1;
	http_request_begin(&http->request, wants_body(stage));
	if (stage->expands)
		outcome = http_expand(&stage->probe, &http->values, &http->expanded);
	if (outcome != OUTCOME_OK)
		return outcome;
	/* The only request of a probe stays as it is. */
	if ((state->count > 1 || http->request.transfer.easy == NULL) && stage_configure(http) != 0)
		return OUTCOME_OTHER;
	return http_request_send(
		       http->exchange.prober->services->http, &http->request, &stage->probe)
		       ? OUTCOME_OK
		       : OUTCOME_OTHER;
}

static void request_ended(struct http_transfer *transfer, CURLcode code)
{
	struct http_request *request = CONTAINER_OF(transfer, struct http_request, transfer);
	struct http_exchange *http = CONTAINER_OF(request, struct http_exchange, request);
	const struct http_state *state = exchange_state(&http->exchange);
	int64_t now = clock_now(); /* the match is our time, not the server's */
	enum outcome outcome;

	if (http_request_again(http->exchange.prober->services->http, request, code))
		return;
	outcome = answer_judge(http, code);
	http_request_parts(request, http->stage == 0, &http->exchange.answer);
	if (outcome == OUTCOME_OK && http->stage + 1 < state->count) {
		http->stage++;
		outcome = stage_begin(http);
		if (outcome == OUTCOME_OK)
			return;
	}
	exchange_end_at(&http->exchange, outcome, now);
}

/* Nothing of one exchange is seen by the next. */
static bool exchange_clear(struct http_exchange *http)
{
	const struct http_stage *stage;

	http->stage = 0;
	http_values_clear(&http->values);
	stage = stage_of(http);
	return !stage->probe.cookies || http->request.transfer.easy == NULL ||
	       curl_easy_setopt(http->request.transfer.easy, CURLOPT_COOKIELIST, "ALL") == CURLE_OK;
}

static bool http_start(struct exchange *exchange)
{
	struct http_exchange *http = (struct http_exchange *)exchange;

	return exchange_clear(http) && stage_begin(http) == OUTCOME_OK;
}

static void http_stop(struct exchange *exchange)
{
	struct http_exchange *http = (struct http_exchange *)exchange;

	http_request_parts(&http->request, http->stage == 0, &exchange->answer);
	http_client_remove(exchange->prober->services->http, &http->request.transfer);
}

static void http_discard(struct exchange *exchange)
{
	struct http_exchange *http = (struct http_exchange *)exchange;

	http_request_release(&http->request);
	http_values_clear(&http->values);
	http_expanded_release(&http->expanded);
}

static int stage_open(struct http_stage *stage, const struct http_step *step, struct err *err)
{
	if (http_url_check(stage->probe.url, err) != 0 ||
		http_match_new(&stage->probe, &stage->match, err) != 0)
		return -1;
	if (step != NULL && step->capture_count > 0 &&
		http_captures_new(step, &stage->captures, err) != 0)
		return -1;
	stage->expands = step != NULL && http_expands(&stage->probe);
	return stage->expands ? 0 : http_headers_make(&stage->probe, &stage->headers, err);
}

/* A step is a probe of its own, but for what the whole sequence has in common. */
static struct http_probe step_probe(const struct http_probe *probe, const struct http_step *step)
{
	struct http_probe request = step->request;

	request.common = probe->common;
	request.version = probe->version;
	request.cookies = true;
	request.insecure = probe->insecure;
	return request;
}

static int http_open(struct prober *prober, struct err *err)
{
	const struct http_probe *probe = (const struct http_probe *)prober->probe->settings;
	struct http_state *state;

	if (http_by_wire(probe)) {
		prober->kind = &http_wire;
		return http_wire.open(prober, err);
	}
	state = xcalloc(1, sizeof(*state));
	prober->state = state;
	state->count = probe->steps != NULL ? probe->step_count : 1;
	state->stages = xcalloc(state->count, sizeof(*state->stages));
	if (http_files_read(probe, &state->files, err) != 0)
		return -1;
	for (size_t i = 0; i < state->count; i++) {
		const struct http_step *step = probe->steps != NULL ? &probe->steps[i] : NULL;

		state->stages[i].probe = step != NULL ? step_probe(probe, step) : *probe;
		if (stage_open(&state->stages[i], step, err) != 0)
			return -1;
	}
	return 0;
}

static void http_close(struct prober *prober)
{
	struct http_state *state = prober->state;

	for (size_t i = 0; i < state->count; i++) {
		http_match_free(state->stages[i].match);
		http_captures_free(state->stages[i].captures);
		curl_slist_free_all(state->stages[i].headers);
	}
	free(state->stages);
	http_files_release(&state->files);
	free(state);
}

/* A sequence goes to one place only if all its steps do. */
static bool http_peer(const void *settings, struct probe_peer *ret_peer)
{
	const struct http_probe *probe = settings;
	const char *url = probe->steps != NULL ? probe->steps[0].request.url : probe->url;

	ret_peer->protocol = IPPROTO_TCP;
	if (!http_url_place(url, ret_peer->host, sizeof(ret_peer->host), &ret_peer->port))
		return false;
	for (size_t i = 1; probe->steps != NULL && i < probe->step_count; i++) {
		struct probe_peer other;

		if (!http_url_place(probe->steps[i].request.url, other.host, sizeof(other.host),
			    &other.port) ||
			strcmp(other.host, ret_peer->host) != 0 || other.port != ret_peer->port)
			return false;
	}
	return true;
}

static const char *const places[] = {"url", "sequence", NULL};

const struct probe_kind probe_http = {
	.name = "http",
	.summary = "HTTP and HTTPS, one request or several: the status, and what is in the answer",
	.example = "{ url: \"http://127.0.0.1:8080/users\", timeout: 1s, status: 200 }",
	.keys = http_keys,
	.scalar = "url",
	.one_of = places,
	.settings_size = sizeof(struct http_probe),
	.defaults = http_defaults,
	.check = http_check,
	.peer = http_peer,
	.open = http_open,
	.close = http_close,
	.exchange_size = sizeof(struct http_exchange),
	.start = http_start,
	.stop = http_stop,
	.discard = http_discard,
	.library = http_library,
};
