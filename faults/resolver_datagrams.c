/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/resolver_datagrams.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "faults/clock.h"

#define SERVER_PORT 53

/* Queries that servers may owe answers to. A server answers within seconds or not at all. */
#define PENDING_COUNT 4096
#define PENDING_NS    20000000000LL

/* So many in a row, then others get their turn. */
#define BURST_MAX 64

struct pending {
	uint16_t id; /* the query's on its way; its place in the table by the lower bits */
	uint16_t clients_id;
	int listener;
	int64_t until_ns; /* 0: none */
	struct dns_address server;
	socklen_t client_size;
	struct sockaddr_storage client;
};

struct port {
	struct resolver_watch watch;
	struct resolver_socket socket;
	struct resolver_datagrams *datagrams;
};

struct resolver_datagrams {
	struct resolver_scope *scope;
	size_t port_count;
	struct port ports[2 * RESOLVER_SERVERS_MAX + 3];
	struct pending pending[PENDING_COUNT];
	struct dns_address last_marked; /* the server of the last query that came with a mark */
	size_t random_left;
	uint16_t random[64];
	uint8_t buffer[DNS_MESSAGE_MAX];
};

struct resolver_datagrams *resolver_datagrams_new(struct resolver_scope *scope)
{
	struct resolver_datagrams *datagrams = calloc(1, sizeof(*datagrams));

	if (datagrams != NULL)
		datagrams->scope = scope;
	return datagrams;
}

void resolver_datagrams_free(struct resolver_datagrams *datagrams)
{
	if (datagrams == NULL)
		return;
	for (size_t i = 0; i < datagrams->port_count; i++)
		close(datagrams->ports[i].watch.fd);
	free(datagrams);
}

/* --- addresses --- */

static socklen_t socket_address(const struct dns_address *server, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (server->family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(SERVER_PORT);
		memcpy(&in->sin_addr, server->bytes, sizeof(in->sin_addr));
		return sizeof(*in);
	}
	((struct sockaddr_in6 *)out)->sin6_family = AF_INET6;
	((struct sockaddr_in6 *)out)->sin6_port = htons(SERVER_PORT);
	memcpy(&((struct sockaddr_in6 *)out)->sin6_addr, server->bytes, sizeof(struct in6_addr));
	return sizeof(struct sockaddr_in6);
}

static bool is_server(const struct sockaddr_storage *address, const struct dns_address *server)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (address->ss_family != server->family)
		return false;
	memcpy(&in6, address, sizeof(in6));
	memcpy(&in, address, sizeof(in));
	if (server->family == AF_INET)
		return in.sin_port == htons(SERVER_PORT) &&
		       memcmp(&in.sin_addr, server->bytes, sizeof(in.sin_addr)) == 0;
	return in6.sin6_port == htons(SERVER_PORT) &&
	       memcmp(&in6.sin6_addr, server->bytes, sizeof(in6.sin6_addr)) == 0;
}

/* --- pending --- */

/* Nobody who does not see the query can guess the number of its answer. */
static uint16_t random_id(struct resolver_datagrams *datagrams)
{
	if (datagrams->random_left == 0) {
		if (getrandom(datagrams->random, sizeof(datagrams->random), 0) !=
			(ssize_t)sizeof(datagrams->random))
			return (uint16_t)monotonic_ns();
		datagrams->random_left = sizeof(datagrams->random) / sizeof(datagrams->random[0]);
	}
	return datagrams->random[--datagrams->random_left];
}

static struct pending *new_pending(struct resolver_datagrams *datagrams, int64_t now)
{
	struct pending *pending = NULL;
	uint16_t id = 0;

	/* Where every place is taken, somebody's query is forgotten: the client asks again. */
	for (int attempt = 0; attempt < 16; attempt++) {
		id = random_id(datagrams);
		pending = &datagrams->pending[id % PENDING_COUNT];
		if (pending->until_ns <= now)
			break;
	}
	pending->id = id;
	pending->until_ns = now + PENDING_NS;
	return pending;
}

static struct pending *find_pending(struct resolver_datagrams *datagrams, const uint8_t *message,
	const struct sockaddr_storage *from)
{
	uint16_t id = (uint16_t)(message[0] << 8 | message[1]);
	struct pending *pending = &datagrams->pending[id % PENDING_COUNT];

	if (pending->id != id || pending->until_ns <= monotonic_ns() ||
		!is_server(from, &pending->server))
		return NULL;
	return pending;
}

bool resolver_datagrams_pending(const struct resolver_datagrams *datagrams, int64_t now)
{
	for (size_t i = 0; i < PENDING_COUNT; i++)
		if (datagrams->pending[i].until_ns > now)
			return true;
	return false;
}

static const struct port *forwarder(const struct resolver_datagrams *datagrams, sa_family_t family)
{
	for (size_t i = 0; i < datagrams->port_count; i++)
		if (datagrams->ports[i].socket.role == RESOLVER_FORWARD_UDP &&
			datagrams->ports[i].socket.family == family)
			return &datagrams->ports[i];
	return NULL;
}

void resolver_datagrams_forward(
	struct resolver_datagrams *datagrams, const struct resolver_message *message)
{
	const struct port *port = forwarder(datagrams, message->server.family);
	struct sockaddr_storage address;
	socklen_t size = socket_address(&message->server, &address);
	struct pending *pending;
	uint8_t id[2];
	struct iovec parts[2] = {
		{id, sizeof(id)}, {(uint8_t *)(uintptr_t)message->bytes + 2, message->length - 2}};
	const struct msghdr datagram = {
		.msg_name = &address, .msg_namelen = size, .msg_iov = parts, .msg_iovlen = 2};

	if (port == NULL)
		return;
	pending = new_pending(datagrams, monotonic_ns());
	pending->clients_id = (uint16_t)(message->bytes[0] << 8 | message->bytes[1]);
	pending->listener = message->listener;
	pending->server = message->server;
	pending->client = message->client;
	pending->client_size = message->client_size;
	id[0] = (uint8_t)(pending->id >> 8);
	id[1] = (uint8_t)pending->id;
	/* An error may be that of an earlier query, which a second attempt is past. */
	if (sendmsg(port->watch.fd, &datagram, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		(void)sendmsg(port->watch.fd, &datagram, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void resolver_datagrams_reply(
	const struct resolver_message *message, const uint8_t *answer, size_t length)
{
	/* A client that is gone is no client. */
	(void)sendto(message->listener, answer, length, MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&message->client, message->client_size);
}

/* --- what comes --- */

/* While the kernel takes a redirect away, queries may come without a mark: they go where the others
 * went. */
static bool take_mark(
	struct resolver_datagrams *datagrams, struct msghdr *datagram, struct dns_address *server)
{
	uint32_t mark;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(datagram); header != NULL;
		header = CMSG_NXTHDR(datagram, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SO_MARK ||
			header->cmsg_len != CMSG_LEN(sizeof(uint32_t)))
			continue;
		memcpy(&mark, CMSG_DATA(header), sizeof(mark));
		if (mark == 0)
			break;
		datagrams->last_marked.family = AF_INET;
		memcpy(datagrams->last_marked.bytes, &mark, sizeof(mark));
		break;
	}
	*server = datagrams->last_marked;
	return server->family != 0;
}

/* Returns false when there is none. */
static bool take_query(struct resolver_datagrams *datagrams, const struct port *port)
{
	union {
		char space[CMSG_SPACE(sizeof(uint32_t))];
		struct cmsghdr align;
	} control;
	struct resolver_message message = {
		.server = port->socket.server, .listener = port->watch.fd};
	struct iovec vector = {datagrams->buffer, sizeof(datagrams->buffer)};
	struct msghdr datagram = {.msg_name = &message.client,
		.msg_namelen = sizeof(message.client),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	ssize_t got = recvmsg(port->watch.fd, &datagram, MSG_DONTWAIT);

	if (got < 0)
		return errno == ECONNREFUSED; /* a client was gone */
	message.bytes = datagrams->buffer;
	message.length = (size_t)got;
	message.client_size = datagram.msg_namelen;
	if (got < DNS_HEADER_SIZE ||
		(message.server.family == 0 && !take_mark(datagrams, &datagram, &message.server)))
		return true;
	resolver_scope_take(datagrams->scope, &message);
	return true;
}

static bool take_answer(struct resolver_datagrams *datagrams, const struct port *port)
{
	struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
	socklen_t size = sizeof(from);
	uint8_t *answer = datagrams->buffer;
	struct pending *pending;
	ssize_t got = recvfrom(port->watch.fd, answer, sizeof(datagrams->buffer), MSG_DONTWAIT,
		(struct sockaddr *)&from, &size);

	if (got < 0)
		return false;
	pending = got < DNS_HEADER_SIZE ? NULL : find_pending(datagrams, answer, &from);
	if (pending == NULL)
		return true;
	pending->until_ns = 0;
	answer[0] = (uint8_t)(pending->clients_id >> 8);
	answer[1] = (uint8_t)pending->clients_id;
	resolver_scope_answered(datagrams->scope, answer, (size_t)got);
	(void)sendto(pending->listener, answer, (size_t)got, MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&pending->client, pending->client_size);
	return true;
}

/* A query came back: nobody listens there, or there is no way. A client of its own would have been
 * told that at once; this one is told that there is no answer, and asks the next server. */
static bool take_error(struct resolver_datagrams *datagrams, const struct port *port)
{
	static const struct dns_rule failure = {.answer = DNS_ANSWER_SERVFAIL};
	char control[512];
	struct sockaddr_storage to = {.ss_family = AF_UNSPEC};
	struct iovec vector = {datagrams->buffer, sizeof(datagrams->buffer)};
	struct msghdr datagram = {.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	ssize_t got = recvmsg(port->watch.fd, &datagram, MSG_ERRQUEUE | MSG_DONTWAIT);
	uint8_t answer[DNS_ANSWER_MAX];
	struct dns_query query;
	struct pending *pending;
	size_t length;

	if (got < 0)
		return false;
	pending = got < DNS_HEADER_SIZE ? NULL : find_pending(datagrams, datagrams->buffer, &to);
	if (pending == NULL || dns_query_parse(datagrams->buffer, (size_t)got, &query) < 0)
		return true;
	pending->until_ns = 0;
	resolver_scope_answered(datagrams->scope, datagrams->buffer, (size_t)got);
	length = dns_answer_write(datagrams->buffer, &query, &failure, answer, sizeof(answer));
	answer[0] = (uint8_t)(pending->clients_id >> 8);
	answer[1] = (uint8_t)pending->clients_id;
	(void)sendto(pending->listener, answer, length, MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&pending->client, pending->client_size);
	return true;
}

static void queries_ready(struct resolver_watch *watch, uint32_t events)
{
	struct port *port = watch->data;

	(void)events;
	for (int i = 0; i < BURST_MAX && take_query(port->datagrams, port); i++)
		;
}

static void answers_ready(struct resolver_watch *watch, uint32_t events)
{
	struct port *port = watch->data;
	int left = (events & EPOLLERR) != 0 ? BURST_MAX : 0;

	while (left > 0 && take_error(port->datagrams, port))
		left--;
	for (int i = 0; i < BURST_MAX && take_answer(port->datagrams, port); i++)
		;
}

int resolver_datagrams_add(
	struct resolver_datagrams *datagrams, const struct resolver_socket *socket, int descriptor)
{
	struct port *port = &datagrams->ports[datagrams->port_count];
	int error;

	if (datagrams->port_count == sizeof(datagrams->ports) / sizeof(datagrams->ports[0]))
		return EMFILE;
	port->socket = *socket;
	port->datagrams = datagrams;
	port->watch = (struct resolver_watch){.fd = descriptor,
		.ready = socket->role == RESOLVER_LISTEN_UDP ? queries_ready : answers_ready,
		.data = port};
	error = resolver_watch(
		resolver_scope_epoll(datagrams->scope), &port->watch, EPOLL_CTL_ADD, EPOLLIN);
	if (error == 0)
		datagrams->port_count++;
	return error;
}
