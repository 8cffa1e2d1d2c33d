/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis - commands to a Redis server on a connection that is kept, several at a time; or messages
 * on one of its channels.
 */
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/redis_probe.h"
#include "reports/mem.h"

static struct redis_request *request_of(struct redis_command *command)
{
	return CONTAINER_OF(command, struct redis_request, command);
}

static void command_connected(struct redis_command *command)
{
	struct exchange *exchange = &request_of(command)->exchange;

	exchange->answer.connect_ns = exchange_elapsed(exchange);
}

static void command_began(struct redis_command *command)
{
	struct exchange *exchange = &request_of(command)->exchange;

	if (exchange->answer.first_byte_ns < 0)
		exchange->answer.first_byte_ns = exchange_elapsed(exchange);
}

static enum outcome judge(const struct redis_state *state, const struct resp *reply)
{
	size_t length;

	if (reply->type == RESP_ERROR)
		return redis_error_outcome(reply);
	if (!expect_asks(&state->expect))
		return OUTCOME_OK;
	length = resp_text(reply, state->text);
	return expect_holds(&state->expect, state->text, length) ? OUTCOME_OK : OUTCOME_BODY;
}

static void command_replied(struct redis_command *command, const struct resp *reply)
{
	struct exchange *exchange = &request_of(command)->exchange;

	command_began(command);
	if (reply->type == RESP_INTEGER) {
		/* It ends with the line. */
		exchange->answer.value = (double)strtoll((const char *)reply->text, NULL, 10);
		exchange->answer.has_value = true;
	}
	exchange_end(exchange, judge(exchange_state(exchange), reply));
}

static void command_failed(struct redis_command *command, enum outcome outcome)
{
	exchange_end(&request_of(command)->exchange, outcome);
}

static const struct redis_calls command_calls = {
	.connected = command_connected,
	.began = command_began,
	.replied = command_replied,
	.failed = command_failed,
};

static bool redis_start(struct exchange *exchange)
{
	struct redis_request *request = (struct redis_request *)exchange;
	struct redis_state *state = exchange_state(exchange);

	if (state->channel != NULL)
		return redis_channel_start(request);
	request->command.calls = &command_calls;
	return redis_send(&state->client, &request->command, state->command, state->command_length);
}

static void redis_stop(struct exchange *exchange)
{
	struct redis_request *request = (struct redis_request *)exchange;
	const struct redis_state *state = exchange_state(exchange);

	if (state->channel != NULL)
		redis_channel_stop(request);
	else
		redis_forget(&request->command, true);
}

void redis_client_init(struct redis_client *client, const struct prober *prober)
{
	const struct redis_probe *probe = (const struct redis_probe *)prober->probe->settings;

	client->services = prober->services;
	client->place = &probe->place;
	client->user = probe->user;
	client->password = probe->password;
	client->db = probe->db;
	client->waiting_max = (size_t)prober->probe->concurrency + 1;
}

static int redis_open(struct prober *prober, struct err *err)
{
	static const char *const ping[] = {"PING"};
	const struct redis_probe *probe = (const struct redis_probe *)prober->probe->settings;
	struct redis_state *state = xcalloc(1, sizeof(*state));

	prober->state = state;
	redis_client_init(&state->client, prober);
	if (probe->channel != NULL) {
		redis_channel_new(prober);
		return 0;
	}
	state->command = resp_command(probe->words != NULL ? probe->words : ping,
		probe->words != NULL ? probe->word_count : 1, &state->command_length);
	state->text = xcalloc(1, RESP_BYTES_MAX + 64);
	return expect_init(&state->expect, probe->expect, probe->matches, err);
}

static void redis_close(struct prober *prober)
{
	struct redis_state *state = prober->state;

	redis_client_release(&state->client);
	redis_channel_free(state->channel);
	expect_release(&state->expect);
	free(state->command);
	free(state->text);
	free(state);
}

static bool redis_peer(const void *settings, struct probe_peer *ret_peer)
{
	return place_peer(&((const struct redis_probe *)settings)->place, IPPROTO_TCP, ret_peer);
}

const struct probe_kind probe_redis = {
	.name = "redis",
	.summary = "a command to a Redis server, or a message on one of its channels",
	.example = "{ address: \"127.0.0.1:6379\", command: GET greeting, expect: hello }",
	.keys = redis_keys,
	.scalar = "address",
	.settings_size = sizeof(struct redis_probe),
	.check = redis_check,
	.peer = redis_peer,
	.open = redis_open,
	.close = redis_close,
	.exchange_size = sizeof(struct redis_request),
	.start = redis_start,
	.stop = redis_stop,
};
