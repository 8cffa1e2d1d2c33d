/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_wire - requests by HTTP/1.1 without TLS, written and read by perturb itself: with libcurl a
 * request costs several times as much, and what the client costs is missing at the server.
 *
 * A request on a kept connection is one write and one read.
 */
#include "experiments/probes/http_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "experiments/probes/http_body.h"
#include "experiments/probes/http_connection.h"
#include "experiments/probes/http_match.h"
#include "experiments/probes/http_request_text.h"
#include "experiments/probes/http_response.h"
#include "experiments/probes/http_url.h"
#include "experiments/probes/prober.h"
#include "experiments/probes/resolve.h"
#include "reports/mem.h"

#define CONNECTIONS_KEPT 256
#define READ_SIZE	 ((size_t)16 * 1024)
#define READ_AT_ONCE	 ((size_t)256 * 1024) /* then others have their turn */

/* What all requests of a probe share. */
struct wire_state {
	struct http_match *match;
	struct http_pool pool;
	char *text; /* of each request */
	size_t length;
	char host[256];
	uint16_t port;
	bool head;
	char buffer[READ_SIZE];
};

struct wire_request {
	struct exchange exchange;
	struct resolve_request question; /* while it waits for an address */
	struct http_connection *connection;
	bool used_before; /* the connection */
	size_t sent;
	struct http_response response;
	struct http_body body;
};

static struct wire_state *state_of(const struct wire_request *request)
{
	return exchange_state(&request->exchange);
}

static void body_add(void *data, const char *bytes, size_t length)
{
	if (!http_body_add(data, bytes, length))
		out_of_memory(); /* its size is the reader's to look at */
}

static void response_begin(struct wire_request *request)
{
	const struct wire_state *state = state_of(request);

	request->sent = 0;
	http_response_begin(&request->response, state->head, request->body.keep ? body_add : NULL,
		&request->body);
}

static void connection_drop(struct wire_request *request)
{
	if (request->connection != NULL)
		http_connection_close(steal_pointer(&request->connection));
}

static enum outcome request_match(struct wire_request *request)
{
	struct http_finding finding;
	size_t length;
	const char *body = http_body_text(&request->body, &length);

	finding = http_match_find(state_of(request)->match, request->response.status, body, length);
	request->exchange.answer.value = finding.value;
	request->exchange.answer.has_value = finding.has_value;
	return finding.outcome;
}

static enum outcome request_judge(struct wire_request *request)
{
	switch (request->response.progress) {
	case HTTP_COMPLETE:
		return request_match(request);
	case HTTP_HEADERS_TOO_LARGE:
		return OUTCOME_HEADERS_TOO_LARGE;
	case HTTP_BODY_TOO_LARGE:
		return OUTCOME_TOO_LARGE;
	case HTTP_BROKEN:
		return OUTCOME_PROTOCOL;
	default:
		return OUTCOME_RESET;
	}
}

/* The connection is free before done is told, which may send the next request. */
static void request_end(struct wire_request *request, bool reusable)
{
	const int64_t now = clock_now(); /* the match is our time, not the server's */
	const enum outcome outcome = request_judge(request);

	if (reusable && request->response.progress == HTTP_COMPLETE &&
		request->response.persistent && request->sent == state_of(request)->length)
		http_connection_keep(steal_pointer(&request->connection));
	else
		connection_drop(request);
	exchange_end_at(&request->exchange, outcome, now);
}

static void request_fail(struct wire_request *request, enum outcome outcome)
{
	connection_drop(request);
	exchange_end(&request->exchange, outcome);
}

static void on_addresses(
	struct resolve_request *question, const struct resolve_address *addresses, size_t count)
{
	struct wire_request *request = CONTAINER_OF(question, struct wire_request, question);

	if (count == 0) {
		request_fail(request, OUTCOME_DNS);
		return;
	}
	switch (http_connection_open(
		&state_of(request)->pool, addresses, count, request, &request->connection)) {
	case HTTP_OPENING:
		break;
	case HTTP_UNREACHABLE:
		request_fail(request, OUTCOME_CONNECT);
		break;
	case HTTP_NO_DESCRIPTORS:
		request_fail(request, OUTCOME_NOT_SENT);
		break;
	}
}

static void request_connect(struct wire_request *request)
{
	const struct wire_state *state = state_of(request);

	request->used_before = false;
	resolve_ask(request->exchange.prober->services->resolve, state->host, state->port,
		&request->question);
}

/* The connection broke. A server may close a kept connection at any moment, also while a request is
 * under way to it: then it is sent once more, on a new one (RFC 9112, section 9.3.1; like libcurl,
 * whatever the method). */
static void request_broken(struct wire_request *request)
{
	if (request->used_before && request->exchange.answer.first_byte_ns < 0) {
		connection_drop(request);
		response_begin(request);
		request_connect(request);
		return;
	}
	request->response.progress = HTTP_CUT_OFF;
	request_end(request, false);
}

/* False: the connection is broken. */
static bool request_send(struct wire_request *request)
{
	const struct wire_state *state = state_of(request);

	while (request->sent < state->length) {
		const ssize_t sent = send(request->connection->fd, state->text + request->sent,
			state->length - request->sent, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN;
		request->sent += (size_t)sent;
	}
	return true;
}

/* False: the request has ended. */
static bool request_take(struct wire_request *request, size_t length, bool closing)
{
	struct wire_state *state = state_of(request);
	size_t used;

	if (request->exchange.answer.first_byte_ns < 0)
		request->exchange.answer.first_byte_ns = exchange_elapsed(&request->exchange);
	if (http_response_feed(&request->response, state->buffer, length, &used) == HTTP_UNFINISHED)
		return true;
	/* What nobody asked for would be taken for the next answer. */
	request_end(request, !closing && used == length);
	return false;
}

static void request_closed(struct wire_request *request)
{
	if (request->exchange.answer.first_byte_ns >= 0 &&
		http_response_end(&request->response) == HTTP_COMPLETE)
		request_end(request, false);
	else
		request_broken(request);
}

/* Until there is nothing more: it is told only once. */
static void request_receive(struct wire_request *request, bool closing)
{
	struct wire_state *state = state_of(request);
	size_t total = 0;

	while (total < READ_AT_ONCE) {
		const ssize_t got =
			recv(request->connection->fd, state->buffer, sizeof(state->buffer), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got < 0) {
			request_broken(request);
			return;
		}
		if (got == 0) {
			request_closed(request);
			return;
		}
		if (!request_take(request, (size_t)got, closing))
			return;
		/* Less than there was room for: it was all (epoll(7)). */
		if ((size_t)got < sizeof(state->buffer) && !closing)
			return;
		total += (size_t)got;
	}
	http_connection_again(request->connection);
}

static void on_ready(void *user, uint32_t events)
{
	struct wire_request *request = user;
	bool closing = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;

	if (!request->used_before && request->exchange.answer.connect_ns < 0)
		request->exchange.answer.connect_ns = exchange_elapsed(&request->exchange);
	/* A server may have answered before it closed. */
	if (!request_send(request))
		closing = true;
	if (closing || (events & EPOLLIN) != 0)
		request_receive(request, closing);
}

static void on_refused(void *user)
{
	request_fail(user, OUTCOME_CONNECT);
}

static bool wire_start(struct exchange *exchange)
{
	struct wire_request *request = (struct wire_request *)exchange;

	http_body_begin(&request->body, http_match_wants_body(state_of(request)->match));
	response_begin(request);
	request->question.answered = on_addresses;
	request->connection = http_pool_take(&state_of(request)->pool, request);
	request->used_before = request->connection != NULL;
	if (request->connection == NULL || !request_send(request)) {
		connection_drop(request);
		request->sent = 0;
		request_connect(request);
	}
	return true;
}

static void wire_stop(struct exchange *exchange)
{
	struct wire_request *request = (struct wire_request *)exchange;

	resolve_forget(&request->question);
	connection_drop(request);
}

static void wire_discard(struct exchange *exchange)
{
	http_body_release(&((struct wire_request *)exchange)->body);
}

static int wire_open(struct prober *prober, struct err *err)
{
	const struct http_probe *probe = (const struct http_probe *)prober->probe->settings;
	struct wire_state *state = xcalloc(1, sizeof(*state));

	prober->state = state;
	state->pool.loop = prober->services->loop;
	state->pool.keep = CONNECTIONS_KEPT;
	state->pool.ready = on_ready;
	state->pool.refused = on_refused;
	state->head = strcmp(probe->method, "HEAD") == 0;
	if (!http_url_place(probe->url, state->host, sizeof(state->host), &state->port))
		return err_set(err, ERR_USAGE, 0, "\"%s\": the host is too long", probe->url);
	if (http_match_new(probe, &state->match, err) != 0)
		return -1;
	return http_request_text(probe, &state->text, &state->length, err);
}

static void wire_close(struct prober *prober)
{
	struct wire_state *state = prober->state;

	http_pool_release(&state->pool);
	http_match_free(state->match);
	free(state->text);
	free(state);
}

const struct probe_kind http_wire = {
	.open = wire_open,
	.close = wire_close,
	.exchange_size = sizeof(struct wire_request),
	.start = wire_start,
	.stop = wire_stop,
	.discard = wire_discard,
};
