/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/resolver_streams.h"

#include <errno.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/resolver_spares.h"
#include "faults/resolver_stream.h"

/* Clients at the same time; more have to come again. */
#define STREAMS_MAX 256

/* Without a byte in either direction, as servers do it. */
#define IDLE_NS	       120000000000LL
#define IDLE_LOOK_NS   5000000000LL
#define READS_MAX      16
#define LISTENERS_MAX  2
#define ORIGINAL_DST_6 80 /* IP6T_SO_ORIGINAL_DST, whose header wants a firewall's */

struct listener {
	struct resolver_watch watch;
	sa_family_t family;
	struct resolver_streams *streams;
};

struct resolver_streams {
	struct resolver_scope *scope;
	uint64_t last_number;
	size_t count;
	struct resolver_stream *first;
	size_t listener_count;
	struct listener listeners[LISTENERS_MAX];
	struct resolver_spares spares;
};

struct resolver_streams *resolver_streams_new(struct resolver_scope *scope)
{
	struct resolver_streams *streams = calloc(1, sizeof(*streams));

	if (streams != NULL)
		streams->scope = scope;
	return streams;
}

static int epoll_of(const struct resolver_streams *streams)
{
	return resolver_scope_epoll(streams->scope);
}

/* --- the end of a stream --- */

static void let_server_go(struct resolver_stream *stream)
{
	if (stream->upstream.fd < 0)
		return;
	(void)resolver_watch(epoll_of(stream->streams), &stream->upstream, EPOLL_CTL_DEL, 0);
	resolver_spares_give_back(&stream->streams->spares, stream->upstream.fd);
	stream->upstream.fd = -1;
}

static void end_stream(struct resolver_stream *stream)
{
	if (stream->dead)
		return;
	stream->dead = true;
	let_server_go(stream);
	close(stream->client.fd);
	stream->client.fd = -1;
}

static void free_stream(struct resolver_stream *stream)
{
	resolver_flow_free(&stream->from_client);
	resolver_flow_free(&stream->to_client);
	resolver_flow_free(&stream->from_server);
	resolver_flow_free(&stream->to_server);
	free(stream);
}

/* What it is waited for now, on both sides; or its end, where nothing is. */
static void settle(struct resolver_stream *stream)
{
	uint32_t client = 0;
	uint32_t server = 0;
	int epoll = epoll_of(stream->streams);

	if (stream->dead)
		return;
	if ((stream->server_ended && stream->to_client.used == 0 && stream->held == 0) ||
		(stream->client_ended && stream->to_client.used == 0 && stream->held == 0 &&
			!stream->waits && stream->upstream.fd < 0)) {
		end_stream(stream);
		return;
	}
	if (!stream->client_ended && !resolver_flow_is_full(&stream->to_server))
		client |= EPOLLIN;
	if (stream->to_client.used != 0)
		client |= EPOLLOUT;
	if (resolver_watch(epoll, &stream->client, EPOLL_CTL_MOD, client) != 0)
		end_stream(stream);
	if (stream->upstream.fd < 0)
		return;
	if (!resolver_flow_is_full(&stream->to_client))
		server |= EPOLLIN;
	if (stream->connecting || stream->to_server.used != 0)
		server |= EPOLLOUT;
	if (resolver_watch(epoll, &stream->upstream, EPOLL_CTL_MOD, server) != 0)
		end_stream(stream);
}

/* --- the server's side --- */

static void end_server(struct resolver_stream *stream)
{
	stream->server_ended = true;
	let_server_go(stream);
}

static void send_to_server(struct resolver_stream *stream)
{
	if (stream->connecting || stream->upstream.fd < 0)
		return;
	if (resolver_flow_write(&stream->to_server, stream->upstream.fd) < 0) {
		end_server(stream);
		return;
	}
	if (stream->client_ended && stream->held == 0 && stream->to_server.used == 0 &&
		!stream->told_server) {
		stream->told_server = true;
		(void)shutdown(stream->upstream.fd, SHUT_WR);
	}
}

static void pass_answers(struct resolver_stream *stream)
{
	const uint8_t *bytes;
	size_t length;

	while (resolver_flow_message(&stream->from_server, &bytes, &length)) {
		resolver_scope_answered(stream->streams->scope, bytes, length);
		if (resolver_flow_add_message(&stream->to_client, bytes, length) < 0) {
			end_stream(stream);
			return;
		}
		if (stream->owed != 0)
			stream->owed--;
		resolver_flow_drop(&stream->from_server, length + 2);
	}
	if (resolver_flow_write(&stream->to_client, stream->client.fd) < 0)
		end_stream(stream);
}

static void server_ready(struct resolver_watch *watch, uint32_t events)
{
	struct resolver_stream *stream = watch->data;

	if (stream->dead || watch->fd < 0)
		return;
	stream->active_ns = monotonic_ns();
	if (stream->connecting && (events & (EPOLLERR | EPOLLHUP)) != 0) {
		end_server(stream);
		settle(stream);
		return;
	}
	stream->connecting = stream->connecting && (events & EPOLLOUT) == 0;
	send_to_server(stream);
	/* What a server leaves behind is taken in any case, or it would be told again and again. */
	for (int i = 0; i < READS_MAX && !stream->dead && stream->upstream.fd >= 0 &&
			((events & (EPOLLERR | EPOLLHUP)) != 0 ||
				!resolver_flow_is_full(&stream->to_client));
		i++) {
		int result = resolver_flow_read(&stream->from_server, stream->upstream.fd);

		if (result > 0)
			pass_answers(stream);
		else if (result < 0)
			end_server(stream);
		if (result <= 0)
			break;
	}
	settle(stream);
}

/* Only when there is something to pass on. */
static void reach_server(struct resolver_stream *stream)
{
	struct resolver_spares *spares = &stream->streams->spares;
	bool failed;

	if (stream->upstream.fd >= 0 || stream->server_ended)
		return;
	stream->upstream.fd = resolver_spares_connect(spares, &stream->server, &failed);
	stream->waits = stream->upstream.fd < 0 && !failed;
	stream->server_ended = failed;
	if (stream->upstream.fd < 0)
		return;
	stream->connecting = true;
	if (resolver_watch(epoll_of(stream->streams), &stream->upstream, EPOLL_CTL_ADD,
		    EPOLLIN | EPOLLOUT) == 0)
		return;
	resolver_spares_give_back(spares, stream->upstream.fd);
	stream->upstream.fd = -1;
	stream->server_ended = true;
}

/* --- the client's side --- */

static void take_queries(struct resolver_stream *stream)
{
	struct resolver_message message = {.server = stream->server, .stream = stream->number};

	while (!stream->dead &&
		resolver_flow_message(&stream->from_client, &message.bytes, &message.length)) {
		stream->asked = true;
		resolver_scope_take(stream->streams->scope, &message);
		resolver_flow_drop(&stream->from_client, message.length + 2);
	}
}

static void client_ready(struct resolver_watch *watch, uint32_t events)
{
	struct resolver_stream *stream = watch->data;

	if (stream->dead)
		return;
	stream->active_ns = monotonic_ns();
	if ((events & (EPOLLERR | EPOLLHUP)) != 0 ||
		resolver_flow_write(&stream->to_client, watch->fd) < 0) {
		end_stream(stream);
		return;
	}
	for (int i = 0; i < READS_MAX && !stream->client_ended && !stream->dead; i++) {
		int result = resolver_flow_read(&stream->from_client, watch->fd);

		if (result > 0)
			take_queries(stream);
		stream->client_ended = result < 0;
		if (result <= 0)
			break;
	}
	send_to_server(stream);
	settle(stream);
}

/* Which server it was meant for, before netfilter brought it here. */
static int original_server(int descriptor, sa_family_t family, struct dns_address *ret_server)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	socklen_t size = sizeof(in6);

	memset(ret_server, 0, sizeof(*ret_server));
	ret_server->family = (uint8_t)family;
	if (family == AF_INET6) {
		if (getsockopt(descriptor, IPPROTO_IPV6, ORIGINAL_DST_6, &in6, &size) < 0)
			return -1;
		memcpy(ret_server->bytes, &in6.sin6_addr, sizeof(in6.sin6_addr));
		return 0;
	}
	size = sizeof(in);
	if (getsockopt(descriptor, IPPROTO_IP, SO_ORIGINAL_DST, &in, &size) < 0)
		return -1;
	memcpy(ret_server->bytes, &in.sin_addr, sizeof(in.sin_addr));
	return 0;
}

static struct resolver_stream *new_stream(struct listener *listener, int descriptor)
{
	struct resolver_streams *streams = listener->streams;
	struct resolver_stream *stream = NULL;
	struct dns_address server;

	if (streams->count < STREAMS_MAX &&
		original_server(descriptor, listener->family, &server) == 0)
		stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return NULL;
	stream->streams = streams;
	stream->number = ++streams->last_number;
	stream->server = server;
	stream->active_ns = monotonic_ns();
	stream->client = (struct resolver_watch){descriptor, client_ready, stream};
	stream->upstream = (struct resolver_watch){-1, server_ready, stream};
	stream->next = streams->first;
	streams->first = stream;
	streams->count++;
	return stream;
}

static void client_comes(struct resolver_watch *watch, uint32_t events)
{
	struct listener *listener = watch->data;
	int descriptor = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct resolver_stream *stream;

	(void)events;
	if (descriptor < 0)
		return;
	stream = new_stream(listener, descriptor);
	if (stream == NULL)
		close(descriptor);
	else if (resolver_watch(
			 epoll_of(listener->streams), &stream->client, EPOLL_CTL_ADD, EPOLLIN) != 0)
		end_stream(stream);
}

/* --- what the scope asks for --- */

static struct resolver_stream *find(const struct resolver_streams *streams, uint64_t number)
{
	struct resolver_stream *stream = streams->first;

	while (stream != NULL && stream->number != number)
		stream = stream->next;
	return stream == NULL || stream->dead ? NULL : stream;
}

void resolver_streams_forward(
	struct resolver_streams *streams, const struct resolver_message *message)
{
	struct resolver_stream *stream = find(streams, message->stream);

	if (stream == NULL)
		return;
	if (resolver_flow_add_message(&stream->to_server, message->bytes, message->length) < 0) {
		end_stream(stream);
		return;
	}
	stream->owed++;
	reach_server(stream);
	send_to_server(stream);
	settle(stream);
}

void resolver_streams_reply(struct resolver_streams *streams,
	const struct resolver_message *message, const uint8_t *answer, size_t length)
{
	struct resolver_stream *stream = find(streams, message->stream);

	if (stream == NULL)
		return;
	if (resolver_flow_add_message(&stream->to_client, answer, length) < 0 ||
		resolver_flow_write(&stream->to_client, stream->client.fd) < 0)
		end_stream(stream);
	settle(stream);
}

void resolver_streams_hold(struct resolver_streams *streams, uint64_t number, int change)
{
	struct resolver_stream *stream = find(streams, number);

	if (stream == NULL)
		return;
	stream->held += (unsigned int)change;
	send_to_server(stream);
	settle(stream);
}

bool resolver_streams_pending(const struct resolver_streams *streams)
{
	for (const struct resolver_stream *stream = streams->first; stream != NULL;
		stream = stream->next)
		if (!stream->dead &&
			(!stream->asked || stream->owed != 0 || stream->from_client.used != 0 ||
				stream->to_client.used != 0))
			return true;
	return false;
}

int64_t resolver_streams_turn(struct resolver_streams *streams, int64_t now)
{
	struct resolver_stream **at = &streams->first;

	for (struct resolver_stream *stream = streams->first; stream != NULL;
		stream = stream->next) {
		if (!stream->dead && now - stream->active_ns > IDLE_NS)
			end_stream(stream);
		if (!stream->dead && stream->waits) {
			reach_server(stream);
			settle(stream);
		}
	}
	while (*at != NULL) {
		struct resolver_stream *stream = *at;

		if (stream->dead) {
			*at = stream->next;
			streams->count--;
			free_stream(stream);
		} else {
			at = &stream->next;
		}
	}
	return streams->first == NULL ? INT64_MAX : now + IDLE_LOOK_NS;
}

int resolver_streams_add(
	struct resolver_streams *streams, const struct resolver_socket *socket, int descriptor)
{
	struct listener *listener = &streams->listeners[streams->listener_count];
	int error;

	if (socket->role == RESOLVER_FORWARD_STREAM)
		return resolver_spares_add(&streams->spares, descriptor, socket->family);
	if (streams->listener_count == LISTENERS_MAX)
		return EMFILE;
	listener->family = socket->family;
	listener->streams = streams;
	listener->watch = (struct resolver_watch){descriptor, client_comes, listener};
	error = resolver_watch(epoll_of(streams), &listener->watch, EPOLL_CTL_ADD, EPOLLIN);
	if (error == 0)
		streams->listener_count++;
	return error;
}

void resolver_streams_free(struct resolver_streams *streams)
{
	if (streams == NULL)
		return;
	while (streams->first != NULL) {
		struct resolver_stream *stream = streams->first;

		streams->first = stream->next;
		end_stream(stream);
		free_stream(stream);
	}
	for (size_t i = 0; i < streams->listener_count; i++)
		close(streams->listeners[i].watch.fd);
	resolver_spares_close(&streams->spares);
	free(streams);
}
