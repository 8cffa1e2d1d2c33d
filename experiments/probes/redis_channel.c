/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_channel - messages to a channel of a Redis server, and back.
 *
 * One connection is subscribed, another one publishes. Each message has a number, and before that
 * what no other run has, so that messages of others on the channel are not taken for ours. A
 * message that was published and does not come in time is lost, even if it comes later; which ones
 * have come is remembered for a while, so that those that come again are noticed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "experiments/probes/redis_probe.h"
#include "reports/mem.h"

#define REMEMBERED 4096 /* messages, besides those under way */
#define NAME_SIZE  16	/* hexadecimal digits of the run, and of a number */
#define PREFIX	   "perturb-"
#define TEXT_SIZE  (sizeof(PREFIX) - 1 + NAME_SIZE + 1 + NAME_SIZE)

struct message {
	uint64_t number;
	struct redis_request *request; /* NULL: it has ended */
	unsigned int tag;
	bool came;
};

struct redis_channel {
	struct prober *prober;
	const char *name;
	struct redis_client subscriber;
	struct redis_command subscription;
	int64_t subscription_ns; /* when it was sent */
	bool subscribed;
	char prefix[sizeof(PREFIX) + NAME_SIZE + 1]; /* of all messages: "perturb-RUN-" */
	uint64_t number;			     /* of the last message */
	struct message *messages;		     /* a ring, by number */
	size_t message_count;
};

static struct redis_channel *channel_of(const struct redis_request *request)
{
	const struct redis_state *state = exchange_state(&request->exchange);

	return state->channel;
}

static struct message *message_at(const struct redis_channel *channel, uint64_t number)
{
	return &channel->messages[number % channel->message_count];
}

/* Nobody waits for its message any more. */
static void request_detach(struct redis_request *request, bool late)
{
	struct message *message = message_at(channel_of(request), request->number);

	redis_forget(&request->command, late);
	if (message->request == request)
		message->request = NULL;
	request->waiting = false;
}

static void request_end(struct redis_request *request, enum outcome outcome)
{
	request_detach(request, false);
	exchange_end(&request->exchange, outcome);
}

/* --- publishing ---------------------------------------------------------------------------- */

static struct redis_request *request_of(struct redis_command *command)
{
	return CONTAINER_OF(command, struct redis_request, command);
}

static void publish_connected(struct redis_command *command)
{
	struct exchange *exchange = &request_of(command)->exchange;

	exchange->answer.connect_ns = exchange_elapsed(exchange);
}

/* How many received it is of no interest: with a cluster, it need not be those that are here. */
static void publish_replied(struct redis_command *command, const struct resp *reply)
{
	struct redis_request *request = request_of(command);

	if (reply->type == RESP_ERROR)
		request_end(request, redis_error_outcome(reply));
	else if (reply->type != RESP_INTEGER)
		request_end(request, OUTCOME_PROTOCOL);
	else
		request->exchange.taken = true;
}

static void publish_failed(struct redis_command *command, enum outcome outcome)
{
	request_end(request_of(command), outcome);
}

static const struct redis_calls publish_calls = {
	.connected = publish_connected,
	.replied = publish_replied,
	.failed = publish_failed,
};

static void publish(struct redis_request *request)
{
	const struct redis_channel *channel = channel_of(request);
	struct redis_state *state = exchange_state(&request->exchange);
	char text[TEXT_SIZE + 1];
	size_t length;
	cleanup_free char *command = NULL;

	(void)snprintf(text, sizeof(text), "%s%016" PRIx64, channel->prefix, request->number);
	command = resp_command((const char *[]){"PUBLISH", channel->name, text}, 3, &length);
	request->waiting = false;
	if (!redis_send(&state->client, &request->command, command, length))
		request_end(request, OUTCOME_NOT_SENT);
}

/* --- the subscription ---------------------------------------------------------------------- */

/* The first one in flight that waits for the subscription. */
static struct redis_request *find_waiting(const struct redis_channel *channel)
{
	struct exchange *exchange = channel->prober->first;

	while (exchange != NULL && !((struct redis_request *)exchange)->waiting)
		exchange = exchange->next;
	return (struct redis_request *)exchange;
}

static void subscription_replied(struct redis_command *command, const struct resp *reply)
{
	static const char done[] = "subscribe";
	struct redis_channel *channel = CONTAINER_OF(command, struct redis_channel, subscription);
	struct redis_request *request;
	struct resp word;

	if (reply->type == RESP_ERROR || !resp_element(reply, 0, &word) ||
		!resp_is(&word, done, strlen(done))) {
		const enum outcome outcome =
			reply->type == RESP_ERROR ? redis_error_outcome(reply) : OUTCOME_PROTOCOL;

		redis_drop(&channel->subscriber, outcome);
		return;
	}
	channel->subscribed = true;
	while ((request = find_waiting(channel)) != NULL)
		publish(request);
}

/* The connection is the current one, so subscriber_broke is called next. */
static void subscription_failed(struct redis_command *command, enum outcome outcome)
{
	(void)command;
	(void)outcome;
}

static const struct redis_calls subscription_calls = {
	.replied = subscription_replied,
	.failed = subscription_failed,
};

/* Also what was published already: nothing of it can come any more. Those that are sent meanwhile
 * are not meant. */
static void subscriber_broke(struct redis_client *client, enum outcome outcome)
{
	struct redis_channel *channel = CONTAINER_OF(client, struct redis_channel, subscriber);
	const struct prober *prober = channel->prober;
	const uint64_t last = channel->number;

	channel->subscribed = false;
	while (prober->first != NULL && ((struct redis_request *)prober->first)->number <= last)
		request_end((struct redis_request *)prober->first, outcome);
}

static void subscribe(struct redis_channel *channel)
{
	size_t length;
	cleanup_free char *command =
		resp_command((const char *[]){"SUBSCRIBE", channel->name}, 2, &length);

	channel->subscription_ns = clock_now();
	channel->subscription.calls = &subscription_calls;
	/* There is room: nothing else is sent on that connection. */
	(void)redis_send(&channel->subscriber, &channel->subscription, command, length);
}

/* --- messages ------------------------------------------------------------------------------ */

static bool read_number(
	const struct redis_channel *channel, const struct resp *text, uint64_t *ret_number)
{
	const size_t prefix = strlen(channel->prefix);
	char digits[NAME_SIZE + 1];

	if (text->type != RESP_BULK || text->length != TEXT_SIZE ||
		memcmp(text->text, channel->prefix, prefix) != 0)
		return false;
	memcpy(digits, text->text + prefix, NAME_SIZE);
	digits[NAME_SIZE] = '\0';
	if (strspn(digits, "0123456789abcdef") != NAME_SIZE)
		return false;
	*ret_number = strtoull(digits, NULL, 16);
	return true;
}

static void message_came(struct redis_channel *channel, struct message *message)
{
	struct redis_request *request = message->request;

	if (message->came) {
		prober_duplicate(channel->prober, message->tag);
		return;
	}
	message->came = true;
	if (request == NULL)
		return; /* too late */
	request->exchange.answer.first_byte_ns = exchange_elapsed(&request->exchange);
	request_end(request, OUTCOME_OK);
}

static void subscriber_pushed(struct redis_client *client, const struct resp *reply)
{
	static const char kind[] = "message";
	struct redis_channel *channel = CONTAINER_OF(client, struct redis_channel, subscriber);
	struct message *message;
	struct resp word;
	uint64_t number;

	if (!resp_element(reply, 0, &word) || !resp_is(&word, kind, strlen(kind)) ||
		!resp_element(reply, 2, &word) || !read_number(channel, &word, &number))
		return;
	message = message_at(channel, number);
	if (message->number == number && number != 0)
		message_came(channel, message);
}

/* --- for the kind -------------------------------------------------------------------------- */

bool redis_channel_start(struct redis_request *request)
{
	struct redis_channel *channel = channel_of(request);

	request->command.calls = &publish_calls;
	request->number = ++channel->number;
	request->waiting = true;
	*message_at(channel, request->number) = (struct message){
		.number = request->number,
		.request = request,
		.tag = request->exchange.answer.tag,
	};
	if (channel->subscribed)
		publish(request);
	else if (channel->subscription.link == NULL)
		subscribe(channel);
	return true;
}

void redis_channel_stop(struct redis_request *request)
{
	struct redis_channel *channel = channel_of(request);
	const int64_t patience_ns = channel->prober->probe->settings->timeout_ns;
	const bool waited = request->waiting;

	request_detach(request, !request->exchange.taken);
	/* A subscription that takes as long as a request may is tried again, on another connection,
	 * when the next one starts. */
	if (waited && clock_now() - channel->subscription_ns >= patience_ns)
		redis_forget(&channel->subscription, true);
}

void redis_channel_new(struct prober *prober)
{
	const struct redis_probe *probe = (const struct redis_probe *)prober->probe->settings;
	struct redis_channel *channel = xcalloc(1, sizeof(*channel));
	struct redis_state *state = prober->state;
	uint64_t run;

	/* It need not be a secret, only another one each time. */
	if (getrandom(&run, sizeof(run), GRND_NONBLOCK) != sizeof(run))
		run = (uint64_t)clock_now();
	(void)snprintf(channel->prefix, sizeof(channel->prefix), PREFIX "%016" PRIx64 "-", run);
	channel->prober = prober;
	channel->name = probe->channel;
	channel->message_count = (size_t)prober->probe->concurrency + REMEMBERED;
	channel->messages = xcalloc(channel->message_count, sizeof(*channel->messages));
	redis_client_init(&channel->subscriber, prober);
	channel->subscriber.pushed = subscriber_pushed;
	channel->subscriber.broke = subscriber_broke;
	state->channel = channel;
}

void redis_channel_free(struct redis_channel *channel)
{
	if (channel == NULL)
		return;
	redis_client_release(&channel->subscriber);
	free(channel->messages);
	free(channel);
}
