/* SPDX-License-Identifier: Apache-2.0 */
#ifdef PERTURB_POSTGRES

#include "experiments/probes/postgres_request.h"

#include <errno.h>
#include <linux/tcp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "reports/mem.h"

#define ANSWER_MAX ((size_t)1024 * 1024)

/* By how much libpq's memory may grow at a time, with what TLS takes. */
#define GROWTH_MAX ((size_t)8 * 1024 * 1024)

/* The start of an authentication request: its type, its length, and the method. */
#define AUTHENTICATION_SIZE 9
#define METHOD_GSS	    7
#define METHOD_SSPI	    9

bool postgres_request_connected(const struct postgres_request *request)
{
	char byte;

	/* What a server sends unasked is a farewell, as a rule. */
	return request->connection != NULL && request->begun &&
	       PQstatus(request->connection) == CONNECTION_OK &&
	       recv(PQsocket(request->connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool postgres_request_watch(
	struct postgres_request *request, uint32_t events, loop_handler *handler)
{
	const int fd = PQsocket(request->connection);
	struct err ignored;

	if (loop_watch(exchange_loop(&request->exchange), fd, events, handler, request, &ignored) <
		0) {
		postgres_request_fail(request, OUTCOME_OTHER);
		return false;
	}
	request->watched = fd;
	return true;
}

void postgres_request_unwatch(struct postgres_request *request)
{
	if (request->watched >= 0)
		loop_forget(exchange_loop(&request->exchange), request->watched);
	request->watched = -1;
}

/* Kerberos asks servers of its own and waits for them. By a connection without TLS it can be seen
 * coming; libpq 16 and later do not let it happen at all (require_auth). */
static bool asks_for_kerberos(
	const struct postgres_request *request, const char *start, ssize_t size)
{
	return !request->begun && size == AUTHENTICATION_SIZE && start[0] == 'R' &&
	       (start[8] == METHOD_GSS || start[8] == METHOD_SSPI);
}

/* All that has ever come in by a TCP connection, read or not; false: it is another socket. */
static bool tcp_received(int fd, uint64_t *ret_bytes)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
		size < offsetof(struct tcp_info, tcpi_bytes_received) +
				sizeof(info.tcpi_bytes_received))
		return false;
	*ret_bytes = info.tcpi_bytes_received;
	return true;
}

static bool count_tcp(struct postgres_request *request)
{
	uint64_t bytes;

	if (!tcp_received(PQsocket(request->connection), &bytes))
		return false;
	if (bytes < request->received_before) /* libpq has made another connection */
		request->received_before = 0;
	request->received = bytes - request->received_before;
	return true;
}

static size_t memory_held(void)
{
	const struct mallinfo2 info = mallinfo2();

	return info.arena + info.hblkhd;
}

static bool is_small(struct postgres_request *request)
{
	if (request->received <= ANSWER_MAX)
		return true;
	postgres_request_fail(request, OUTCOME_TOO_LARGE);
	return false;
}

bool postgres_request_recount(struct postgres_request *request)
{
	(void)count_tcp(request);
	/* When libpq sees that a message of a gigabyte begins, it makes room for all of it, to fill
	 * it in one go as long as more comes in. */
	if (memory_held() > request->memory_before + GROWTH_MAX) {
		postgres_request_fail(request, OUTCOME_TOO_LARGE);
		return false;
	}
	return is_small(request);
}

void postgres_request_begin(struct postgres_request *request)
{
	request->closed = false;
	request->received = 0;
	request->received_before = 0;
	request->failure = OUTCOME_OK;
	request->rows = 0;
	if (request->connection == NULL)
		request->watched = -1;
	else
		(void)tcp_received(PQsocket(request->connection), &request->received_before);
}

/* By TLS a connection ends with bytes that are no message. Without it, an end behind bytes may be
 * that of a server of another protocol. */
static bool ends_by_tls(const struct postgres_request *request, int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLRDHUP};

	return PQsslInUse(request->connection) && poll(&poll_fd, 1, 0) > 0;
}

bool postgres_request_peek(struct postgres_request *request, size_t *ret_waiting)
{
	const int fd = PQsocket(request->connection);
	char start[AUTHENTICATION_SIZE];
	int waiting = 0;
	ssize_t size;

	*ret_waiting = 0;
	request->memory_before = memory_held();
	if (fd < 0)
		return true;
	size = recv(fd, start, sizeof(start), MSG_PEEK | MSG_DONTWAIT);
	request->closed = size == 0 || (size < 0 && (errno == ECONNRESET || errno == EPIPE)) ||
			  ends_by_tls(request, fd);
	if (asks_for_kerberos(request, start, size)) {
		postgres_request_fail(request, OUTCOME_AUTH);
		return false;
	}
	if (ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0)
		*ret_waiting = (size_t)waiting;
	/* By other sockets than TCP's what comes in during the reading is missed. */
	if (!count_tcp(request))
		request->received += *ret_waiting;
	return is_small(request);
}

/* Does not wait: libpq says farewell only if the socket takes it at once. */
void postgres_request_drop(struct postgres_request *request)
{
	resolve_forget(&request->lookup);
	postgres_request_unwatch(request);
	PQfinish(steal_pointer(&request->connection));
	request->begun = false;
	free(steal_pointer(&request->text));
}

void postgres_request_fail(struct postgres_request *request, enum outcome outcome)
{
	const int64_t now = clock_now();

	postgres_request_drop(request);
	exchange_end_at(&request->exchange, outcome, now);
}

#else
typedef int postgres_request_absent; /* a file must declare something */
#endif
