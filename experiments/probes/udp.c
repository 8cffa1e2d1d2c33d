/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp - a datagram, and what comes back. Each exchange has a socket, and so a port, of its own: a
 * late answer cannot be taken for that of another request.
 */
#include <string.h>

#include "experiments/probes/expect.h"
#include "experiments/probes/prober.h"
#include "experiments/probes/stream.h"
#include "reports/mem.h"

#define PAYLOAD_MAX ((size_t)65507) /* of IPv4: 65535 without 20 of IP and 8 of UDP */

struct udp_probe {
	struct probe_settings common;
	struct place place;
	const char *send;
	const char *expect;
	const char *matches;
	bool reply;
};

struct udp_request {
	struct exchange exchange;
	struct stream stream;
};

static struct udp_request *request_of(struct stream *stream)
{
	return CONTAINER_OF(stream, struct udp_request, stream);
}

static void finish(struct udp_request *request, enum outcome outcome)
{
	stream_close(&request->stream);
	exchange_end(&request->exchange, outcome);
}

static void udp_connected(struct stream *stream)
{
	struct udp_request *request = request_of(stream);
	const struct udp_probe *probe = exchange_settings(&request->exchange);

	if (!stream_write(stream, probe->send, strlen(probe->send)))
		finish(request, OUTCOME_OTHER);
	else if (!probe->reply)
		finish(request, stream->out_length == 0 ? OUTCOME_OK : OUTCOME_NOT_SENT);
}

static void udp_received(struct stream *stream)
{
	struct udp_request *request = request_of(stream);
	const bool holds = expect_holds(
		exchange_state(&request->exchange), (const char *)stream->in, stream->in_length);

	request->exchange.answer.first_byte_ns = exchange_elapsed(&request->exchange);
	finish(request, holds ? OUTCOME_OK : OUTCOME_BODY);
}

static void udp_ended(struct stream *stream, enum outcome outcome)
{
	exchange_end(&request_of(stream)->exchange, outcome);
}

static const struct stream_calls udp_calls = {
	.connected = udp_connected,
	.received = udp_received,
	.ended = udp_ended,
};

static bool udp_start(struct exchange *exchange)
{
	struct udp_request *request = (struct udp_request *)exchange;
	const struct udp_probe *probe = exchange_settings(exchange);

	request->stream.calls = &udp_calls;
	request->stream.type = SOCK_DGRAM;
	request->stream.in_limit = UINT16_MAX;
	stream_open(&request->stream, exchange->prober->services, &probe->place);
	return true;
}

static void udp_stop(struct exchange *exchange)
{
	stream_close(&((struct udp_request *)exchange)->stream);
}

static void udp_discard(struct exchange *exchange)
{
	stream_release(&((struct udp_request *)exchange)->stream);
}

static int udp_open(struct prober *prober, struct err *err)
{
	const struct udp_probe *probe = (const struct udp_probe *)prober->probe->settings;
	struct expect *expect = xcalloc(1, sizeof(*expect));

	prober->state = expect;
	return expect_init(expect, probe->expect, probe->matches, err);
}

static void udp_close(struct prober *prober)
{
	expect_release(prober->state);
	free(prober->state);
}

static bool udp_peer(const void *settings, struct probe_peer *ret_peer)
{
	return place_peer(&((const struct udp_probe *)settings)->place, IPPROTO_UDP, ret_peer);
}

static void udp_defaults(void *settings)
{
	((struct udp_probe *)settings)->reply = true;
}

static void udp_check(struct decode *decode, const struct node *node, const void *settings)
{
	static const char *const answers[] = {"expect", "matches"};
	const struct udp_probe *probe = settings;

	if (strlen(probe->send) > PAYLOAD_MAX)
		err_list_add(decode->errors, node_find(node, "send")->loc,
			"send: a datagram has at most %zu bytes", PAYLOAD_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(answers) && !probe->reply; i++) {
		const struct node *key = node_find(node, answers[i]);

		if (key != NULL)
			err_list_add(decode->errors, key->loc,
				"%s: has no meaning with reply: false", answers[i]);
	}
}

#define FIELD(field) offsetof(struct udp_probe, field)

static const struct probe_key udp_keys[] = {
	{{"address", place_read, FIELD(place), true}, "name", NULL, "host and port"},
	{{"send", decode_any_text, FIELD(send), true}, "text", NULL, "what is in the datagram"},
	{{"reply", decode_boolean, FIELD(reply), false}, "boolean", "true",
		"is there an answer to wait for?"},
	{{"expect", decode_text, FIELD(expect), false}, "name", NULL,
		"text that must be in the answer"},
	{{"matches", decode_expression, FIELD(matches), false}, "name", NULL,
		"a regular expression that the answer must match"},
	PROBE_KEY_TIMEOUT,
	PROBE_KEYS_END,
};

const struct probe_kind probe_udp = {
	.name = "udp",
	.summary = "a UDP datagram, and what comes back",
	.example = "{ address: \"127.0.0.1:7\", send: ping, expect: ping }",
	.keys = udp_keys,
	.settings_size = sizeof(struct udp_probe),
	.defaults = udp_defaults,
	.check = udp_check,
	.peer = udp_peer,
	.open = udp_open,
	.close = udp_close,
	.exchange_size = sizeof(struct udp_request),
	.start = udp_start,
	.stop = udp_stop,
	.discard = udp_discard,
};
