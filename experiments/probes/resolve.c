/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "reports/mem.h"

#define NS_PER_S   INT64_C(1000000000)
#define FOUND_NS   (60 * NS_PER_S)
#define MISSING_NS NS_PER_S
#define STACK_SIZE ((size_t)256 * 1024)

/* What one thread is after. It belongs to the thread and to the name: whoever leaves last frees it,
 * because a lookup cannot be ended early. */
struct lookup {
	atomic_int users;
	int done; /* the thread's end of a socket pair: closing it says that it is over */
	size_t count;
	struct resolve_address addresses[RESOLVE_ADDRESSES_MAX];
	char host[];
};

struct resolve_name {
	struct resolve *resolve;
	struct resolve_name *next;
	struct resolve_request *waiting;
	struct lookup *lookup; /* NULL: none goes on */
	int done;	       /* our end of its socket pair */
	int64_t expires_ns;
	size_t count;
	struct resolve_address addresses[RESOLVE_ADDRESSES_MAX];
	char host[];
};

struct resolve {
	struct loop *loop;
	struct resolve_name *names;
};

/* Each address once, although a socket type was asked for: some sources repeat them. */
static size_t addresses_take(const struct addrinfo *found, struct resolve_address *ret_addresses)
{
	size_t count = 0;

	for (; found != NULL && count < RESOLVE_ADDRESSES_MAX; found = found->ai_next) {
		if (found->ai_addrlen > sizeof(ret_addresses->address) ||
			(found->ai_family != AF_INET && found->ai_family != AF_INET6))
			continue;
		memset(&ret_addresses[count], 0, sizeof(ret_addresses[count]));
		memcpy(&ret_addresses[count].address, found->ai_addr, found->ai_addrlen);
		ret_addresses[count++].length = found->ai_addrlen;
	}
	return count;
}

static size_t look_up(const char *host, int flags, struct resolve_address *ret_addresses)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct addrinfo *found = NULL;
	size_t count = 0;

	if (getaddrinfo(host, NULL, &hints, &found) == 0) {
		count = addresses_take(found, ret_addresses);
		freeaddrinfo(found);
	}
	return count;
}

static void lookup_leave(struct lookup *lookup)
{
	if (atomic_fetch_sub(&lookup->users, 1) == 1)
		free(lookup);
}

static void *lookup_thread(void *data)
{
	struct lookup *lookup = data;

	lookup->count = look_up(lookup->host, AI_ADDRCONFIG, lookup->addresses);
	close(lookup->done);
	lookup_leave(lookup);
	return NULL;
}

/* Signals are the main thread's. */
static bool thread_start(struct lookup *lookup)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	bool started = false;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	sigfillset(&all);
	if (pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0 &&
		pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0 &&
		pthread_sigmask(SIG_SETMASK, &all, &before) == 0) {
		started = pthread_create(&thread, &attributes, lookup_thread, lookup) == 0;
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	(void)pthread_attr_destroy(&attributes);
	return started;
}

static void answer(struct resolve_request *request, const struct resolve_name *name)
{
	struct resolve_address addresses[RESOLVE_ADDRESSES_MAX];

	for (size_t i = 0; i < name->count; i++) {
		struct sockaddr_storage *address = &addresses[i].address;

		addresses[i] = name->addresses[i];
		if (address->ss_family == AF_INET)
			((struct sockaddr_in *)address)->sin_port = htons(request->port);
		else
			((struct sockaddr_in6 *)address)->sin6_port = htons(request->port);
	}
	request->answered(request, addresses, name->count);
}

static void name_settle(struct resolve_name *name, size_t count)
{
	name->count = count;
	name->expires_ns = clock_now() + (count > 0 ? FOUND_NS : MISSING_NS);
	while (name->waiting != NULL) {
		struct resolve_request *request = name->waiting;

		resolve_forget(request);
		answer(request, name);
	}
}

static void lookup_drop(struct resolve_name *name)
{
	loop_forget(name->resolve->loop, name->done);
	close(name->done);
	lookup_leave(steal_pointer(&name->lookup));
}

static void on_done(void *data, uint32_t events)
{
	struct resolve_name *name = data;
	const size_t count = name->lookup->count;

	(void)events;
	memcpy(name->addresses, name->lookup->addresses, sizeof(name->addresses));
	lookup_drop(name);
	name_settle(name, count);
}

static bool lookup_start(struct resolve_name *name)
{
	struct lookup *lookup;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return false;
	lookup = xcalloc(1, sizeof(*lookup) + strlen(name->host) + 1);
	memcpy(lookup->host, name->host, strlen(name->host));
	atomic_init(&lookup->users, 2);
	lookup->done = ends[1];
	name->done = ends[0];
	if (loop_watch(name->resolve->loop, ends[0], EPOLLIN, on_done, name, NULL) == 0 &&
		thread_start(lookup)) {
		name->lookup = lookup;
		return true;
	}
	loop_forget(name->resolve->loop, ends[0]);
	close(ends[0]);
	close(ends[1]);
	free(lookup);
	return false;
}

static struct resolve_name *name_find(struct resolve *resolve, const char *host)
{
	struct resolve_name *name = resolve->names;

	while (name != NULL && strcmp(name->host, host) != 0)
		name = name->next;
	if (name != NULL)
		return name;
	name = xcalloc(1, sizeof(*name) + strlen(host) + 1);
	memcpy(name->host, host, strlen(host));
	name->resolve = resolve;
	name->next = resolve->names;
	resolve->names = name;
	/* An address needs no lookup, and holds for ever. */
	name->count = look_up(host, AI_NUMERICHOST, name->addresses);
	name->expires_ns = name->count > 0 ? INT64_MAX : 0;
	return name;
}

static void request_wait(struct resolve_request *request, struct resolve_name *name)
{
	request->name = name;
	request->previous = NULL;
	request->next = name->waiting;
	if (name->waiting != NULL)
		name->waiting->previous = request;
	name->waiting = request;
}

void resolve_ask(
	struct resolve *resolve, const char *host, uint16_t port, struct resolve_request *request)
{
	struct resolve_name *name = name_find(resolve, host);

	request->port = port;
	if (name->lookup == NULL && clock_now() < name->expires_ns) {
		answer(request, name);
		return;
	}
	request_wait(request, name);
	if (name->lookup == NULL && !lookup_start(name))
		name_settle(name, 0);
}

void resolve_forget(struct resolve_request *request)
{
	if (request->name == NULL)
		return;
	if (request->previous != NULL)
		request->previous->next = request->next;
	else
		request->name->waiting = request->next;
	if (request->next != NULL)
		request->next->previous = request->previous;
	request->name = NULL;
}

struct resolve *resolve_new(struct loop *loop)
{
	struct resolve *resolve = xcalloc(1, sizeof(*resolve));

	resolve->loop = loop;
	return resolve;
}

void resolve_free(struct resolve *resolve)
{
	if (resolve == NULL)
		return;
	while (resolve->names != NULL) {
		struct resolve_name *name = resolve->names;

		resolve->names = name->next;
		if (name->lookup != NULL)
			lookup_drop(name);
		free(name);
	}
	free(resolve);
}
