/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/stream.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "reports/mem.h"

#define READ_SIZE      ((size_t)16 * 1024) /* at a time, so that others have their turn */
#define BUFFER_KEPT    ((size_t)16 * 1024) /* a buffer that is kept when the stream closes */
#define KEEP_ALIVE_S   5
#define KEEP_ALIVE_MAX 3

static void fail(struct stream *stream, enum outcome outcome)
{
	stream_close(stream);
	stream->calls->ended(stream, outcome);
}

static loop_handler on_event;

static bool watch(struct stream *stream, uint32_t events)
{
	return loop_watch(stream->services->loop, stream->fd, events, on_event, stream, NULL) == 0;
}

static bool watch_open(struct stream *stream)
{
	return watch(stream, stream->out_length > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* --- connecting ---------------------------------------------------------------------------- */

static void socket_close(struct stream *stream)
{
	loop_forget(stream->services->loop, stream->fd);
	close(stream->fd);
	stream->fd = -1;
}

static void set_options(const struct stream *stream)
{
	static const int on = 1;
	static const int seconds = KEEP_ALIVE_S;
	static const int count = KEEP_ALIVE_MAX;

	if (stream->type != SOCK_STREAM)
		return;
	/* They fail for sockets in the file system, which need none of them. */
	(void)setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!stream->keep_alive)
		return;
	(void)setsockopt(stream->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(stream->fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
	(void)setsockopt(stream->fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
	(void)setsockopt(stream->fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

/* What could not even be tried is not the fault of what is measured. */
static enum outcome connect_outcome(int reason)
{
	switch (reason) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EADDRNOTAVAIL: /* no port is free any more */
		return OUTCOME_NOT_SENT;
	default:
		return OUTCOME_CONNECT;
	}
}

static void opened(struct stream *stream)
{
	stream->state = STREAM_OPEN;
	if (!watch_open(stream))
		fail(stream, OUTCOME_OTHER);
	else if (stream->calls->connected != NULL)
		stream->calls->connected(stream);
}

/* Returns 0 when it is connected, or EINPROGRESS, or why not. */
static int try_address(struct stream *stream, const struct resolve_address *address)
{
	int reason;

	stream->fd =
		socket(address->address.ss_family, stream->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (stream->fd < 0)
		return errno;
	set_options(stream);
	if (connect(stream->fd, (const struct sockaddr *)&address->address, address->length) == 0)
		return 0;
	reason = errno;
	if (reason == EINPROGRESS && watch(stream, EPOLLOUT))
		return EINPROGRESS;
	socket_close(stream);
	return reason;
}

/* Goes on with the next address after one that failed for this reason. */
static void connect_next(struct stream *stream, int reason)
{
	stream->state = STREAM_CONNECTING;
	while (stream->address_next < stream->address_count) {
		reason = try_address(stream, &stream->addresses[stream->address_next++]);
		if (reason == EINPROGRESS)
			return;
		if (reason == 0) {
			opened(stream);
			return;
		}
	}
	fail(stream, connect_outcome(reason));
}

static void on_connecting(struct stream *stream)
{
	int reason = 0;
	socklen_t size = sizeof(reason);

	if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &reason, &size) != 0)
		reason = errno;
	if (reason == 0) {
		opened(stream);
		return;
	}
	socket_close(stream);
	connect_next(stream, reason);
}

static void open_path(struct stream *stream, const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	memcpy(name.sun_path, path, strlen(path));
	memcpy(&stream->addresses[0].address, &name, sizeof(name));
	stream->addresses[0].length = sizeof(name);
	stream->address_count = 1;
	connect_next(stream, 0);
}

static void on_addresses(
	struct resolve_request *question, const struct resolve_address *addresses, size_t count)
{
	struct stream *stream = CONTAINER_OF(question, struct stream, question);

	if (count == 0) {
		fail(stream, OUTCOME_DNS);
		return;
	}
	stream->address_count = count < RESOLVE_ADDRESSES_MAX ? count : RESOLVE_ADDRESSES_MAX;
	memcpy(stream->addresses, addresses, stream->address_count * sizeof(*addresses));
	connect_next(stream, 0);
}

void stream_open(struct stream *stream, struct probe_services *services, const struct place *place)
{
	stream->services = services;
	stream->fd = -1;
	stream->address_next = 0;
	if (place->path[0] != '\0') {
		open_path(stream, place->path);
		return;
	}
	stream->state = STREAM_RESOLVING;
	stream->question.answered = on_addresses;
	resolve_ask(services->resolve, place->host, place->port, &stream->question);
}

/* --- writing ------------------------------------------------------------------------------- */

/* False: it broke. */
static bool flush(struct stream *stream)
{
	while (stream->out_sent < stream->out_length) {
		const ssize_t sent = send(stream->fd, stream->out + stream->out_sent,
			stream->out_length - stream->out_sent, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN;
		stream->out_sent += (size_t)sent;
	}
	stream->out_sent = 0;
	stream->out_length = 0;
	return true;
}

static void add_output(struct stream *stream, const void *bytes, size_t length)
{
	if (stream->out_sent > 0) {
		stream->out_length -= stream->out_sent;
		memmove(stream->out, stream->out + stream->out_sent, stream->out_length);
		stream->out_sent = 0;
	}
	if (length > stream->out_size - stream->out_length) {
		const size_t size = (stream->out_length + length) * 2;
		uint8_t *out = realloc(stream->out, size);

		if (out == NULL)
			out_of_memory();
		stream->out = out;
		stream->out_size = size;
	}
	memcpy(stream->out + stream->out_length, bytes, length);
	stream->out_length += length;
}

bool stream_write(struct stream *stream, const void *bytes, size_t length)
{
	ssize_t sent = 0;

	if (length > STREAM_OUT_MAX - (stream->out_length - stream->out_sent))
		return false;
	if (stream->state == STREAM_OPEN && stream->out_length == 0)
		sent = send(stream->fd, bytes, length, MSG_NOSIGNAL);
	/* What went wrong shows when it is tried again, from the loop. */
	if (sent < 0)
		sent = 0;
	else if ((size_t)sent == length && stream->state == STREAM_OPEN)
		return true;
	add_output(stream, (const char *)bytes + sent, length - (size_t)sent);
	if (stream->state == STREAM_OPEN)
		(void)watch_open(stream);
	return true;
}

/* --- reading ------------------------------------------------------------------------------- */

/* Room for READ_SIZE bytes, or as many as may come, and for one that is over the limit. */
static size_t make_room(struct stream *stream)
{
	const size_t left = stream->in_limit + 1 - stream->in_length;
	const size_t room = stream->type == SOCK_DGRAM || left < READ_SIZE ? left : READ_SIZE;
	const size_t needed = stream->in_length + room + 1;

	if (needed > stream->in_size) {
		uint8_t *in = realloc(stream->in, needed);

		if (in == NULL)
			out_of_memory();
		stream->in = in;
		stream->in_size = needed;
	}
	return room;
}

static enum outcome broken(const struct stream *stream)
{
	return stream->type == SOCK_DGRAM ? OUTCOME_CONNECT : OUTCOME_RESET;
}

static void on_readable(struct stream *stream)
{
	size_t room;
	ssize_t got;

	if (stream->type == SOCK_DGRAM)
		stream->in_length = 0;
	room = make_room(stream);
	got = recv(stream->fd, stream->in + stream->in_length, room, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0 || (got == 0 && stream->type == SOCK_STREAM)) {
		fail(stream, broken(stream));
		return;
	}
	stream->in_length += (size_t)got;
	stream->in[stream->in_length] = '\0';
	if (stream->in_length > stream->in_limit)
		fail(stream, OUTCOME_TOO_LARGE);
	else
		stream->calls->received(stream);
}

static void on_event(void *data, uint32_t events)
{
	struct stream *stream = data;

	if (stream->state == STREAM_CONNECTING) {
		on_connecting(stream);
		return;
	}
	if ((events & EPOLLOUT) != 0 && stream->out_length > 0) {
		if (!flush(stream) || !watch_open(stream)) {
			fail(stream, broken(stream));
			return;
		}
	}
	if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
		on_readable(stream);
}

void stream_take(struct stream *stream, size_t length)
{
	stream->in_length -= length;
	memmove(stream->in, stream->in + length, stream->in_length + 1);
}

/* --- closing ------------------------------------------------------------------------------- */

static void drop(uint8_t **buffer, size_t *size)
{
	if (*size <= BUFFER_KEPT)
		return;
	free(steal_pointer(buffer));
	*size = 0;
}

void stream_close(struct stream *stream)
{
	if (stream->state == STREAM_RESOLVING)
		resolve_forget(&stream->question);
	else if (stream->state != STREAM_CLOSED && stream->fd >= 0)
		socket_close(stream);
	stream->state = STREAM_CLOSED;
	stream->in_length = 0;
	stream->out_length = 0;
	stream->out_sent = 0;
	drop(&stream->in, &stream->in_size);
	drop(&stream->out, &stream->out_size);
}

void stream_release(struct stream *stream)
{
	stream_close(stream);
	free(steal_pointer(&stream->in));
	free(steal_pointer(&stream->out));
	stream->in_size = 0;
	stream->out_size = 0;
}
