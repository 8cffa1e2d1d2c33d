/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "reports/mem.h"

#define DESCRIPTORS_SPARE 64 /* for everything else that the process has to open */

static void idle_remove(struct http_connection *connection)
{
	struct http_pool *pool = connection->pool;

	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		pool->idle = connection->next;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
	pool->idle_count--;
}

static void descriptor_close(struct http_connection *connection)
{
	if (connection->fd < 0)
		return;
	loop_forget(connection->pool->loop, connection->fd);
	close(steal_fd(&connection->fd));
}

void http_connection_close(struct http_connection *connection)
{
	if (connection->user == NULL)
		idle_remove(connection);
	descriptor_close(connection);
	free(connection->addresses);
	free(connection);
}

struct http_connection *http_pool_take(struct http_pool *pool, void *user)
{
	struct http_connection *connection = pool->idle;

	if (connection != NULL) {
		idle_remove(connection);
		connection->user = user;
	}
	return connection;
}

void http_pool_release(struct http_pool *pool)
{
	struct http_connection *connection;

	while ((connection = http_pool_take(pool, pool)) != NULL)
		http_connection_close(connection);
}

void http_connection_keep(struct http_connection *connection)
{
	struct http_pool *pool = connection->pool;

	if (pool->idle_count >= pool->keep) {
		http_connection_close(connection);
		return;
	}
	connection->user = NULL;
	connection->previous = NULL;
	connection->next = pool->idle;
	if (pool->idle != NULL)
		pool->idle->previous = connection;
	pool->idle = connection;
	pool->idle_count++;
}

/* The numbers of descriptors are given from below. */
static bool descriptor_spare(int fd)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
	       (rlim_t)fd + DESCRIPTORS_SPARE < limit.rlim_cur;
}

static void on_event(void *data, uint32_t events);

static int descriptor_watch(struct http_connection *connection)
{
	return loop_watch(connection->pool->loop, connection->fd,
		EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, on_event, connection, NULL);
}

static enum http_opening address_try(struct http_connection *connection)
{
	const struct resolve_address *address = &connection->addresses[connection->address];
	const int on = 1;

	connection->fd = socket(address->address.ss_family,
		SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (connection->fd < 0)
		return errno == EAFNOSUPPORT ? HTTP_UNREACHABLE : HTTP_NO_DESCRIPTORS;
	if (!descriptor_spare(connection->fd))
		return HTTP_NO_DESCRIPTORS;
	(void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(connection->fd, (const struct sockaddr *)&address->address, address->length) !=
			0 &&
		errno != EINPROGRESS)
		return HTTP_UNREACHABLE;
	return descriptor_watch(connection) == 0 ? HTTP_OPENING : HTTP_NO_DESCRIPTORS;
}

/* From the current address on. */
static enum http_opening addresses_try(struct http_connection *connection)
{
	for (; connection->address < connection->address_count; connection->address++) {
		const enum http_opening opening = address_try(connection);

		if (opening != HTTP_UNREACHABLE)
			return opening;
		descriptor_close(connection);
	}
	return HTTP_UNREACHABLE;
}

enum http_opening http_connection_open(struct http_pool *pool,
	const struct resolve_address *addresses, size_t count, void *user,
	struct http_connection **ret_connection)
{
	struct http_connection *connection = xcalloc(1, sizeof(*connection));
	enum http_opening opening;

	connection->pool = pool;
	connection->user = user;
	connection->fd = -1;
	connection->addresses = xcalloc(count, sizeof(*addresses));
	memcpy(connection->addresses, addresses, count * sizeof(*addresses));
	connection->address_count = count;
	opening = addresses_try(connection);
	if (opening == HTTP_OPENING)
		*ret_connection = connection;
	else
		http_connection_close(connection);
	return opening;
}

/* Changing what is watched shows what is ready anew (epoll_ctl(2)). It cannot fail for one that is
 * watched. */
void http_connection_again(struct http_connection *connection)
{
	(void)descriptor_watch(connection);
}

static void connection_failed(struct http_connection *connection)
{
	descriptor_close(connection);
	connection->address++;
	if (addresses_try(connection) != HTTP_OPENING)
		connection->pool->refused(connection->user);
}

static void on_event(void *data, uint32_t events)
{
	struct http_connection *connection = data;

	if (!connection->connected) {
		int error = 0;
		socklen_t length = sizeof(error);

		if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 ||
			error != 0) {
			connection_failed(connection);
			return;
		}
		if ((events & EPOLLOUT) == 0)
			return;
		connection->connected = true;
		free(steal_pointer(&connection->addresses));
	}
	/* Whatever happens to an idle one, it is not an answer. */
	if (connection->user == NULL)
		http_connection_close(connection);
	else
		connection->pool->ready(connection->user, events);
}
