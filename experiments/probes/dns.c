/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns - questions to a name server (RFC 1035), without the system's resolver and its cache.
 *
 * Each has a number that cannot be guessed and a port of its own, and only what comes from the
 * server with that number and that question is an answer; anything else is ignored.
 */
#include <arpa/inet.h>
#include <string.h>
#include <sys/random.h>

#include "experiments/probes/dns_probe.h"
#include "experiments/probes/prober.h"
#include "experiments/probes/stream.h"
#include "faults/name_servers.h"
#include "reports/mem.h"

#define LENGTH_SIZE ((size_t)2) /* before each message by TCP: section 4.2.2 */

struct dns_state {
	struct dns_question question;
	struct place server;
	uint32_t least;
	char text[DNS_RECORD_TEXT_MAX];
};

struct dns_request {
	struct exchange exchange;
	struct stream stream;
	uint16_t id;
};

static struct dns_request *request_of(struct stream *stream)
{
	return CONTAINER_OF(stream, struct dns_request, stream);
}

static void finish(struct dns_request *request, enum outcome outcome)
{
	stream_close(&request->stream);
	exchange_end(&request->exchange, outcome);
}

static void ask(struct dns_request *request, int type)
{
	const struct dns_state *state = exchange_state(&request->exchange);

	request->stream.type = type;
	stream_open(&request->stream, request->exchange.prober->services, &state->server);
}

static void dns_connected(struct stream *stream)
{
	struct dns_request *request = request_of(stream);
	const struct dns_state *state = exchange_state(&request->exchange);
	const size_t length = state->question.length;
	uint8_t message[LENGTH_SIZE + DNS_QUESTION_MAX];
	const size_t skipped = stream->type == SOCK_STREAM ? 0 : LENGTH_SIZE;

	message[0] = (uint8_t)(length >> 8);
	message[1] = (uint8_t)length;
	memcpy(message + LENGTH_SIZE, state->question.message, length);
	message[LENGTH_SIZE] = (uint8_t)(request->id >> 8);
	message[LENGTH_SIZE + 1] = (uint8_t)request->id;
	if (stream->type == SOCK_STREAM)
		request->exchange.answer.connect_ns = exchange_elapsed(&request->exchange);
	if (!stream_write(stream, message + skipped, LENGTH_SIZE + length - skipped))
		finish(request, OUTCOME_OTHER);
}

static enum outcome judge(const struct dns_request *request, const struct dns_reply *answer)
{
	const struct dns_probe *probe = exchange_settings(&request->exchange);
	struct dns_state *state = exchange_state(&request->exchange);

	if (answer->rcode != probe->rcode)
		return OUTCOME_STATUS;
	if (answer->matching < state->least)
		return OUTCOME_BODY;
	if (probe->contains != NULL && !dns_answer_contains(answer, probe->contains, state->text))
		return OUTCOME_BODY;
	return OUTCOME_OK;
}

/* Reads one message. */
static void read_message(struct dns_request *request, const uint8_t *message, size_t length)
{
	const bool by_tcp = request->stream.type == SOCK_STREAM;
	const struct dns_state *state = exchange_state(&request->exchange);
	struct dns_reply answer;
	const enum dns_reading reading =
		dns_answer_read(message, length, &state->question, request->id, &answer);

	if (reading == DNS_READING_FOREIGN && !by_tcp)
		return;
	if (request->exchange.answer.first_byte_ns < 0)
		request->exchange.answer.first_byte_ns = exchange_elapsed(&request->exchange);
	if (reading == DNS_READING_COMPLETE) {
		finish(request, judge(request, &answer));
	} else if (reading == DNS_READING_TRUNCATED && !by_tcp) {
		stream_close(&request->stream);
		ask(request, SOCK_STREAM);
	} else {
		finish(request, OUTCOME_PROTOCOL);
	}
}

static void dns_received(struct stream *stream)
{
	struct dns_request *request = request_of(stream);
	size_t length;

	if (stream->type == SOCK_DGRAM) {
		read_message(request, stream->in, stream->in_length);
		return;
	}
	if (request->exchange.answer.first_byte_ns < 0)
		request->exchange.answer.first_byte_ns = exchange_elapsed(&request->exchange);
	if (stream->in_length < LENGTH_SIZE)
		return;
	length = (size_t)stream->in[0] << 8 | stream->in[1];
	if (stream->in_length >= LENGTH_SIZE + length)
		read_message(request, stream->in + LENGTH_SIZE, length);
}

static void dns_ended(struct stream *stream, enum outcome outcome)
{
	exchange_end(&request_of(stream)->exchange, outcome);
}

static const struct stream_calls dns_calls = {
	.connected = dns_connected,
	.received = dns_received,
	.ended = dns_ended,
};

static bool dns_start(struct exchange *exchange)
{
	struct dns_request *request = (struct dns_request *)exchange;
	const struct dns_probe *probe = exchange_settings(exchange);

	if (getrandom(&request->id, sizeof(request->id), GRND_NONBLOCK) != sizeof(request->id))
		return false;
	request->stream.calls = &dns_calls;
	request->stream.in_limit = LENGTH_SIZE + UINT16_MAX;
	ask(request, probe->tcp ? SOCK_STREAM : SOCK_DGRAM);
	return true;
}

static void dns_stop(struct exchange *exchange)
{
	stream_close(&((struct dns_request *)exchange)->stream);
}

static void dns_discard(struct exchange *exchange)
{
	stream_release(&((struct dns_request *)exchange)->stream);
}

/* The server that the file names, or else the system's first one; false: there is none. */
static bool find_server(const struct dns_probe *probe, struct place *ret_server)
{
	struct dns_address first;

	*ret_server = probe->server;
	if (ret_server->host[0] != '\0')
		return true;
	ret_server->port = DNS_PORT;
	return name_servers_of(0, "", &first, 1) == 1 &&
	       inet_ntop(first.family, first.bytes, ret_server->host, sizeof(ret_server->host)) !=
		       NULL;
}

static int dns_open(struct prober *prober, struct err *err)
{
	const struct dns_probe *probe = (const struct dns_probe *)prober->probe->settings;
	struct dns_state *state = xcalloc(1, sizeof(*state));

	prober->state = state;
	if (!dns_question_make(probe->name, probe->type->number, &state->question))
		return err_set(err, ERR_USAGE, 0, "name: not the name of a domain");
	if (!find_server(probe, &state->server))
		return err_set(err, ERR_UNAVAILABLE, 0,
			"/etc/resolv.conf has no name server; give one as server");
	state->least = probe->least;
	if (probe->least == UINT32_MAX)
		state->least = probe->rcode == 0 ? 1 : 0;
	return 0;
}

static void dns_close(struct prober *prober)
{
	free(prober->state);
}

static bool dns_peer(const void *settings, struct probe_peer *ret_peer)
{
	const struct dns_probe *probe = settings;
	struct place server;

	/* Answers that were cut off are asked for by TCP, so both are meant. */
	return find_server(probe, &server) &&
	       place_peer(&server, probe->tcp ? IPPROTO_TCP : 0, ret_peer);
}

const struct probe_kind probe_dns = {
	.name = "dns",
	.summary = "a question to a name server: the response code and the records",
	.example = "{ name: db.internal, server: 10.0.0.2, contains: 10.0.0.5 }",
	.keys = dns_keys,
	.scalar = "name",
	.settings_size = sizeof(struct dns_probe),
	.defaults = dns_defaults,
	.peer = dns_peer,
	.open = dns_open,
	.close = dns_close,
	.exchange_size = sizeof(struct dns_request),
	.start = dns_start,
	.stop = dns_stop,
	.discard = dns_discard,
};
