/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http - requests by libcurl's multi interface, but for the simplest, which http_wire makes.
 *
 * They go straight to the server: the proxy variables of the environment are ignored, because a
 * probe measures the system and not the way through a proxy. Connections are kept and used again.
 */
#include <string.h>

#include "experiments/probes/http_client.h"
#include "experiments/probes/http_easy.h"
#include "experiments/probes/http_files.h"
#include "experiments/probes/http_match.h"
#include "experiments/probes/http_probe.h"
#include "experiments/probes/http_request_text.h"
#include "experiments/probes/http_response.h"
#include "experiments/probes/http_url.h"
#include "experiments/probes/http_wire.h"
#include "experiments/probes/prober.h"
#include "reports/mem.h"

#define BODY_IDLE_MAX ((size_t)16 * 1024) /* a body buffer that is kept for the next request */
#define NS_PER_US     INT64_C(1000)

/* What all requests of a probe share. */
struct http_state {
	struct http_match *match;
	struct curl_slist *headers;
	struct http_files files;
};

/* One request; it stays configured and is used again. */
struct http_request {
	struct exchange exchange;
	struct http_transfer transfer;
	size_t headers_length;
	bool headers_ended;
	size_t length; /* of the body so far */
	char *body;    /* what is kept of it, NUL-terminated; or NULL */
	size_t body_size;
};

static const struct http_state *state_of(const struct http_request *request)
{
	return exchange_state(&request->exchange);
}

static size_t body_receive(char *data, size_t size, size_t count, void *user)
{
	struct http_request *request = user;
	size_t length = size * count;

	if (length > HTTP_BODY_MAX - request->length) {
		request->length = HTTP_BODY_MAX + 1;
		return CURL_WRITEFUNC_ERROR;
	}
	if (http_match_wants_body(state_of(request)->match)) {
		size_t needed = request->length + length + 1;

		if (needed > request->body_size) {
			size_t wanted = needed < 1024 ? 1024 : needed * 2;
			char *body = realloc(request->body, wanted);

			if (body == NULL)
				return CURL_WRITEFUNC_ERROR;
			request->body = body;
			request->body_size = wanted;
		}
		memcpy(request->body + request->length, data, length);
		request->body[needed - 1] = '\0';
	}
	request->length += length;
	return length;
}

/* libcurl limits a line, not how many there are. Those of redirects and of 1xx count as well. */
static size_t header_receive(char *data, size_t size, size_t count, void *user)
{
	struct http_request *request = user;
	const size_t length = size * count;

	if (length >= 5 && memcmp(data, "HTTP/", 5) == 0)
		request->headers_ended = false;
	else if (length > 0 && (data[0] == '\r' || data[0] == '\n'))
		request->headers_ended = true;
	request->headers_length += length;
	return request->headers_length > HTTP_HEADERS_MAX ? CURL_WRITEFUNC_ERROR : length;
}

/* A line of headers that is too long is libcurl's "out of memory". */
static bool headers_too_large(const struct http_request *request, CURLcode code)
{
	return request->headers_length > HTTP_HEADERS_MAX || code == CURLE_OUT_OF_MEMORY;
}

static enum outcome request_judge(const struct http_request *request, CURLcode code)
{
	long status = 0;
	size_t kept = request->body != NULL ? request->length : 0;

	if (code != CURLE_OK && headers_too_large(request, code))
		return OUTCOME_HEADERS_TOO_LARGE;
	if (code != CURLE_OK)
		return request->length > HTTP_BODY_MAX ? OUTCOME_TOO_LARGE : http_outcome(code);
	/* To libcurl an answer is complete when it is broken off among its headers. */
	if (!request->headers_ended)
		return OUTCOME_RESET;
	if (curl_easy_getinfo(request->transfer.easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
		return OUTCOME_OTHER;
	return http_match_judge(
		state_of(request)->match, status, kept > 0 ? request->body : "", kept);
}

/* Zero is libcurl's "did not happen", as on a connection that is used again. */
static int64_t part_ns(CURL *easy, CURLINFO part)
{
	curl_off_t us = 0;

	return curl_easy_getinfo(easy, part, &us) == CURLE_OK && us > 0 ? us * NS_PER_US : -1;
}

static void parts_fill(struct http_request *request)
{
	CURL *easy = request->transfer.easy;
	struct probe_answer *answer = &request->exchange.answer;
	long connections = 0;

	if (curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections) == CURLE_OK &&
		connections > 0) {
		answer->connect_ns = part_ns(easy, CURLINFO_CONNECT_TIME_T);
		answer->tls_ns = part_ns(easy, CURLINFO_APPCONNECT_TIME_T);
	}
	answer->first_byte_ns = part_ns(easy, CURLINFO_STARTTRANSFER_TIME_T);
}

static void request_ended(struct http_transfer *transfer, CURLcode code)
{
	struct http_request *request = CONTAINER_OF(transfer, struct http_request, transfer);
	int64_t now = clock_now(); /* the match is our time, not the server's */
	enum outcome outcome = request_judge(request, code);

	parts_fill(request);
	exchange_end_at(&request->exchange, outcome, now);
}

static int request_configure(struct http_request *request)
{
	const struct http_state *state = state_of(request);
	CURL *easy = request->transfer.easy;

	if (http_easy_configure(easy, exchange_settings(&request->exchange), state->headers,
		    &state->files) != 0 ||
		curl_easy_setopt(easy, CURLOPT_PRIVATE, &request->transfer) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_receive) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_HEADERDATA, request) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_receive) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, request) != CURLE_OK)
		return -1;
	return 0;
}

static bool request_prepare(struct http_request *request)
{
	request->headers_length = 0;
	request->headers_ended = false;
	request->length = 0;
	if (request->body_size > BODY_IDLE_MAX) {
		free(steal_pointer(&request->body));
		request->body_size = 0;
	}
	if (request->transfer.easy != NULL)
		return true;
	request->transfer.ended = request_ended;
	request->transfer.easy = curl_easy_init();
	if (request->transfer.easy != NULL && request_configure(request) == 0)
		return true;
	curl_easy_cleanup(steal_pointer(&request->transfer.easy));
	return false;
}

static bool http_start(struct exchange *exchange)
{
	struct http_request *request = (struct http_request *)exchange;

	return request_prepare(request) &&
	       http_client_add(exchange->prober->services->http, &request->transfer);
}

static void http_stop(struct exchange *exchange)
{
	struct http_request *request = (struct http_request *)exchange;

	parts_fill(request);
	http_client_remove(exchange->prober->services->http, &request->transfer);
}

static void http_discard(struct exchange *exchange)
{
	struct http_request *request = (struct http_request *)exchange;

	curl_easy_cleanup(request->transfer.easy);
	free(request->body);
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
	if (http_url_check(probe->url, err) != 0 ||
		http_files_read(probe, &state->files, err) != 0 ||
		http_match_new(probe, &state->match, err) != 0)
		return -1;
	return http_headers_make(probe, &state->headers, err);
}

static void http_close(struct prober *prober)
{
	struct http_state *state = prober->state;

	http_match_free(state->match);
	curl_slist_free_all(state->headers);
	http_files_release(&state->files);
	free(state);
}

static bool http_peer(const void *settings, struct probe_peer *ret_peer)
{
	const struct http_probe *probe = settings;

	ret_peer->protocol = IPPROTO_TCP;
	return http_url_place(probe->url, ret_peer->host, sizeof(ret_peer->host), &ret_peer->port);
}

const struct probe_kind probe_http = {
	.name = "http",
	.summary = "HTTP and HTTPS: the status, and what is in the answer",
	.example = "{ url: \"http://127.0.0.1:8080/users\", timeout: 1s, status: 200 }",
	.keys = http_keys,
	.scalar = "url",
	.settings_size = sizeof(struct http_probe),
	.defaults = http_defaults,
	.peer = http_peer,
	.open = http_open,
	.close = http_close,
	.exchange_size = sizeof(struct http_request),
	.start = http_start,
	.stop = http_stop,
	.discard = http_discard,
};
