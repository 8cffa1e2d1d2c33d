/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp - a connection for each request, and what is said on it.
 *
 * Connections end in order (FIN), even where nothing was said: a reset would be an error in the
 * server's log, and may take the connection out of its queue before it was accepted, which is not
 * what other clients do. The price is one local port for a minute (TIME_WAIT) with each request
 * that the server did not close first; who runs out of ports gets "not-sent".
 */
#include <string.h>

#include "experiments/probes/expect.h"
#include "experiments/probes/prober.h"
#include "experiments/probes/stream.h"
#include "reports/mem.h"

#define ANSWER_MAX ((size_t)64 * 1024)
/* An answer is looked through again each time more of it has come: together no more than this, so
 * that one that comes byte by byte costs no time without end. */
#define LOOK_MAX ((size_t)8 * 1024 * 1024)

struct tcp_probe {
	struct probe_settings common;
	struct place place;
	const char *send;
	const char *expect;
	const char *matches;
};

struct tcp_request {
	struct exchange exchange;
	struct stream stream;
	size_t looked; /* bytes */
};

static struct tcp_request *request_of(struct stream *stream)
{
	return CONTAINER_OF(stream, struct tcp_request, stream);
}

static void finish(struct tcp_request *request, enum outcome outcome)
{
	stream_close(&request->stream);
	exchange_end(&request->exchange, outcome);
}

static void tcp_connected(struct stream *stream)
{
	struct tcp_request *request = request_of(stream);
	const struct tcp_probe *probe = exchange_settings(&request->exchange);

	request->exchange.answer.connect_ns = exchange_elapsed(&request->exchange);
	if (probe->send != NULL && !stream_write(stream, probe->send, strlen(probe->send)))
		finish(request, OUTCOME_OTHER);
	else if (!expect_asks(exchange_state(&request->exchange)))
		/* What is longer than the kernel's buffer is not waited for: nobody asked for an
		 * answer. */
		finish(request, OUTCOME_OK);
}

static void tcp_received(struct stream *stream)
{
	struct tcp_request *request = request_of(stream);

	if (request->exchange.answer.first_byte_ns < 0)
		request->exchange.answer.first_byte_ns = exchange_elapsed(&request->exchange);
	request->looked += stream->in_length;
	if (expect_holds(exchange_state(&request->exchange), (const char *)stream->in,
		    stream->in_length))
		finish(request, OUTCOME_OK);
	else if (request->looked > LOOK_MAX)
		finish(request, OUTCOME_TOO_LARGE);
}

static void tcp_ended(struct stream *stream, enum outcome outcome)
{
	exchange_end(&request_of(stream)->exchange, outcome);
}

static const struct stream_calls tcp_calls = {
	.connected = tcp_connected,
	.received = tcp_received,
	.ended = tcp_ended,
};

static bool tcp_start(struct exchange *exchange)
{
	struct tcp_request *request = (struct tcp_request *)exchange;
	const struct tcp_probe *probe = exchange_settings(exchange);

	request->looked = 0;
	request->stream.calls = &tcp_calls;
	request->stream.type = SOCK_STREAM;
	request->stream.in_limit = ANSWER_MAX;
	stream_open(&request->stream, exchange->prober->services, &probe->place);
	return true;
}

static void tcp_stop(struct exchange *exchange)
{
	stream_close(&((struct tcp_request *)exchange)->stream);
}

static void tcp_discard(struct exchange *exchange)
{
	stream_release(&((struct tcp_request *)exchange)->stream);
}

static int tcp_open(struct prober *prober, struct err *err)
{
	const struct tcp_probe *probe = (const struct tcp_probe *)prober->probe->settings;
	struct expect *expect = xcalloc(1, sizeof(*expect));

	prober->state = expect;
	return expect_init(expect, probe->expect, probe->matches, err);
}

static void tcp_close(struct prober *prober)
{
	expect_release(prober->state);
	free(prober->state);
}

static bool tcp_peer(const void *settings, struct probe_peer *ret_peer)
{
	return place_peer(&((const struct tcp_probe *)settings)->place, IPPROTO_TCP, ret_peer);
}

#define FIELD(field) offsetof(struct tcp_probe, field)

static const struct probe_key tcp_keys[] = {
	{{"address", place_read, FIELD(place), true}, "name", NULL, "host and port"},
	{{"send", decode_text, FIELD(send), false}, "name", NULL,
		"what is sent when the connection stands"},
	{{"expect", decode_text, FIELD(expect), false}, "name", NULL,
		"text that must come; 64 KiB are looked at"},
	{{"matches", decode_expression, FIELD(matches), false}, "name", NULL,
		"a regular expression that what comes must match"},
	PROBE_KEY_TIMEOUT,
	PROBE_KEYS_END,
};

const struct probe_kind probe_tcp = {
	.name = "tcp",
	.summary = "a TCP connection: that it can be made, and what is said on it",
	.example = "{ address: \"127.0.0.1:25\", expect: \"220 \" }",
	.keys = tcp_keys,
	.scalar = "address",
	.settings_size = sizeof(struct tcp_probe),
	.peer = tcp_peer,
	.open = tcp_open,
	.close = tcp_close,
	.exchange_size = sizeof(struct tcp_request),
	.start = tcp_start,
	.stop = tcp_stop,
	.discard = tcp_discard,
};
