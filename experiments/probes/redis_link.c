/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/redis_link.h"

#include <stdio.h>
#include <string.h>

#include "experiments/probes/stream.h"
#include "reports/mem.h"

struct redis_link {
	struct stream stream;
	struct redis_client *client;
	struct redis_link *next;
	unsigned int greetings;	      /* sent: AUTH, SELECT */
	unsigned int greetings_left;  /* without a reply so far */
	struct redis_command **queue; /* a ring; NULL in it: forgotten */
	size_t head;
	size_t count;
	size_t live; /* those not forgotten */
	bool busy;   /* reading: it must not be freed */
	bool doomed; /* to be freed when it is not busy any more */
};

static void link_release(struct redis_link *link)
{
	stream_release(&link->stream);
	free(link->queue);
	free(link);
}

static void link_free(struct redis_link *link)
{
	struct redis_link **place = &link->client->links;

	while (*place != link)
		place = &(*place)->next;
	*place = link->next;
	link_release(link);
}

static struct redis_command *queue_take(struct redis_link *link)
{
	struct redis_command *command = link->queue[link->head];

	link->head = (link->head + 1) % link->client->waiting_max;
	link->count--;
	if (command == NULL)
		return NULL;
	link->live--;
	command->link = NULL;
	return command;
}

static struct redis_command **queue_at(const struct redis_link *link, size_t index)
{
	return &link->queue[(link->head + index) % link->client->waiting_max];
}

/* The connection is over. */
static void link_end(struct redis_link *link, enum outcome outcome)
{
	struct redis_client *client = link->client;
	const bool current = client->current == link;
	const bool busy = link->busy;

	link->doomed = true;
	link->busy = true; /* what is called below must not end it again */
	if (current)
		client->current = NULL;
	stream_close(&link->stream);
	while (link->count > 0) {
		struct redis_command *command = queue_take(link);

		if (command != NULL)
			command->calls->failed(command, outcome);
	}
	link->busy = busy;
	if (!busy)
		link_free(link);
	if (current && client->broke != NULL)
		client->broke(client, outcome);
}

/* No further commands go there. */
static void link_retire(struct redis_link *link)
{
	if (link->client->current == link)
		link->client->current = NULL;
	if (link->live == 0 && !link->doomed)
		link_end(link, OUTCOME_CANCELLED);
}

/* --- what comes ---------------------------------------------------------------------------- */

enum outcome redis_error_outcome(const struct resp *reply)
{
	static const char *const refusals[] = {"NOAUTH", "WRONGPASS", "NOPERM"};

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const size_t length = strlen(refusals[i]);

		if (reply->length >= length && memcmp(reply->text, refusals[i], length) == 0)
			return OUTCOME_AUTH;
	}
	return OUTCOME_STATUS;
}

static void greeting_replied(struct redis_link *link, const struct resp *reply)
{
	const bool authenticates =
		link->client->password != NULL && link->greetings_left == link->greetings;

	link->greetings_left--;
	if (reply->type == RESP_ERROR)
		link_end(link, authenticates ? OUTCOME_AUTH : redis_error_outcome(reply));
}

static void reply_deliver(struct redis_link *link, const struct resp *reply)
{
	struct redis_command *command;

	if (link->greetings_left > 0) {
		greeting_replied(link, reply);
	} else if (link->count > 0) {
		command = queue_take(link);
		if (command != NULL)
			command->calls->replied(command, reply);
	} else if (link->client->pushed != NULL) {
		link->client->pushed(link->client, reply);
	} else {
		link_end(link, OUTCOME_PROTOCOL);
	}
}

static void reply_began(const struct redis_link *link)
{
	struct redis_command *command = link->count > 0 ? *queue_at(link, 0) : NULL;

	if (link->greetings_left == 0 && command != NULL && command->calls->began != NULL)
		command->calls->began(command);
}

/* Returns what the rest is: a part of a reply, or none. */
static enum resp_reading replies_read(struct redis_link *link, size_t *ret_taken)
{
	enum resp_reading reading = RESP_COMPLETE;

	*ret_taken = 0;
	while (!link->doomed) {
		struct resp reply;
		size_t size;

		reading = resp_read(link->stream.in + *ret_taken,
			link->stream.in_length - *ret_taken, &reply, &size);
		if (reading != RESP_COMPLETE)
			break;
		*ret_taken += size;
		reply_deliver(link, &reply);
	}
	return reading;
}

static void link_received(struct stream *stream)
{
	struct redis_link *link = CONTAINER_OF(stream, struct redis_link, stream);
	enum resp_reading reading;
	size_t taken;

	link->busy = true;
	reading = replies_read(link, &taken);
	link->busy = false;
	if (link->doomed) {
		link_free(link);
		return;
	}
	if (link->client->current != link && link->live == 0) {
		link_end(link, OUTCOME_CANCELLED);
		return;
	}
	if (reading != RESP_MORE) {
		link_end(link, reading == RESP_MALFORMED ? OUTCOME_PROTOCOL : OUTCOME_TOO_LARGE);
		return;
	}
	stream_take(stream, taken);
	if (stream->in_length > 0)
		reply_began(link);
}

static void link_connected(struct stream *stream)
{
	const struct redis_link *link = CONTAINER_OF(stream, struct redis_link, stream);

	for (size_t i = 0; i < link->count; i++) {
		struct redis_command *command = *queue_at(link, i);

		if (command != NULL && command->calls->connected != NULL)
			command->calls->connected(command);
	}
}

static void link_ended(struct stream *stream, enum outcome outcome)
{
	link_end(CONTAINER_OF(stream, struct redis_link, stream), outcome);
}

static const struct stream_calls link_calls = {
	.connected = link_connected,
	.received = link_received,
	.ended = link_ended,
};

/* --- what goes ----------------------------------------------------------------------------- */

static void greet(struct redis_link *link, const char *const *words, size_t count)
{
	size_t length;
	cleanup_free char *command = resp_command(words, count, &length);

	/* There is room: it is the first to be written, and a password has its limit. */
	(void)stream_write(&link->stream, command, length);
	link->greetings++;
	link->greetings_left++;
}

static struct redis_link *link_new(struct redis_client *client)
{
	struct redis_link *link = xcalloc(1, sizeof(*link));
	const char *const user = client->user;
	char db[16];

	link->client = client;
	link->queue = xcalloc(client->waiting_max, sizeof(struct redis_command *));
	link->next = client->links;
	client->links = link;
	link->stream.calls = &link_calls;
	link->stream.type = SOCK_STREAM;
	link->stream.in_limit = RESP_BYTES_MAX + 64;
	link->stream.keep_alive = true;
	if (client->password != NULL && user != NULL)
		greet(link, (const char *[]){"AUTH", user, client->password}, 3);
	else if (client->password != NULL)
		greet(link, (const char *[]){"AUTH", client->password}, 2);
	(void)snprintf(db, sizeof(db), "%u", client->db);
	if (client->db != 0)
		greet(link, (const char *[]){"SELECT", db}, 2);
	return link;
}

bool redis_send(struct redis_client *client, struct redis_command *command, const char *bytes,
	size_t length)
{
	struct redis_link *link = client->current;
	bool is_new = false;

	if (link != NULL && link->count == client->waiting_max) {
		link_retire(link);
		link = NULL;
	}
	if (link == NULL) {
		link = link_new(client);
		is_new = true;
	}
	if (!stream_write(&link->stream, bytes, length)) {
		if (is_new)
			link_free(link);
		return false;
	}
	*queue_at(link, link->count) = command;
	link->count++;
	link->live++;
	command->link = link;
	client->current = link;
	if (is_new)
		stream_open(&link->stream, client->services, client->place);
	return true;
}

void redis_forget(struct redis_command *command, bool late)
{
	struct redis_link *link = command->link;

	if (link == NULL)
		return;
	command->link = NULL;
	for (size_t i = 0; i < link->count; i++) {
		if (*queue_at(link, i) == command) {
			*queue_at(link, i) = NULL;
			link->live--;
			break;
		}
	}
	if (late || link->client->current != link)
		link_retire(link);
}

void redis_drop(struct redis_client *client, enum outcome outcome)
{
	if (client->current != NULL)
		link_end(client->current, outcome);
}

void redis_client_release(struct redis_client *client)
{
	struct redis_link *link = client->links;

	client->current = NULL;
	client->links = NULL;
	while (link != NULL) {
		struct redis_link *next = link->next;

		link_release(link);
		link = next;
	}
}
