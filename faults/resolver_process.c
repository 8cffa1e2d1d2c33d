/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resolver process: queries in, answers out, and requests from the custodian. It holds no
 * privilege but the descriptors that it was given, of which one in each namespace keeps the
 * redirect alive. When the custodian is gone it ends, and the redirects with it.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/relay_sandbox.h"
#include "faults/resolver_scope.h"
#include "faults/resolver_wire.h"
#include "faults/system_calls.h"

#define EVENTS_MAX 64

/* How often it looks whether those that are to end have nothing under way any more. */
#define DRAIN_LOOK_NS 1000000LL

struct entry {
	struct resolver_scope *scope;
	uint32_t drain_number; /* of the request to drain it, which waits for its reply; 0: none */
};

struct resolver_state {
	int control;
	int epoll;
	struct entry *entries;
	size_t count;
	struct resolver_request request; /* large */
};

static void say(const struct resolver_state *state, const struct resolver_reply *reply)
{
	/* Nobody there to read it is noticed when the next request is awaited. */
	(void)send(state->control, reply, sizeof(*reply), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static struct entry *find(const struct resolver_state *state, const struct resolver_place *place)
{
	for (size_t i = 0; i < state->count; i++)
		if (resolver_scope_is_of(state->entries[i].scope, place))
			return &state->entries[i];
	return NULL;
}

static int add_scope(struct resolver_state *state, const int *descriptors)
{
	const struct resolver_request *request = &state->request;
	struct entry *moved = realloc(state->entries, (state->count + 1) * sizeof(*moved));
	struct resolver_scope *scope;
	int error;

	if (moved != NULL)
		state->entries = moved;
	if (moved == NULL || find(state, &request->place) != NULL) {
		for (size_t i = 0; i < request->socket_count; i++)
			close(descriptors[i]);
		return moved == NULL ? ENOMEM : EEXIST;
	}
	scope = resolver_scope_new(&request->place, request->sockets, descriptors,
		request->socket_count, state->epoll, &error);
	if (scope == NULL)
		return error;
	state->entries[state->count++] = (struct entry){.scope = scope};
	return 0;
}

static int add(struct resolver_state *state, const int *descriptors)
{
	const struct resolver_request *request = &state->request;
	struct entry *entry;
	int error = descriptors == NULL ? 0 : add_scope(state, descriptors);

	if (error != 0)
		return error;
	entry = find(state, &request->place);
	if (entry == NULL)
		return ENOENT;
	return resolver_scope_add_rule(entry->scope, request->id, &request->rule, request->seed);
}

static void remove_scope(struct resolver_state *state, struct entry *entry)
{
	resolver_scope_free(entry->scope);
	*entry = state->entries[--state->count];
}

/* Draining is answered later, if this was the last rule of its namespace: false. */
static bool remove_rule(struct resolver_state *state)
{
	const struct resolver_request *request = &state->request;
	struct entry *entry = find(state, &request->place);

	if (entry == NULL)
		return true;
	resolver_scope_remove_rule(entry->scope, request->id);
	if (request->type == RESOLVER_END || resolver_scope_has_rules(entry->scope))
		return true;
	if (request->type == RESOLVER_REMOVE) {
		remove_scope(state, entry);
		return true;
	}
	entry->drain_number = request->number;
	resolver_scope_end_redirect(entry->scope);
	return false;
}

static int observe(const struct resolver_state *state, struct evidence *evidence)
{
	const struct entry *entry = find(state, &state->request.place);

	return entry != NULL && resolver_scope_evidence(entry->scope, state->request.id, evidence)
		       ? 0
		       : ENOENT;
}

static void serve_request(struct resolver_state *state, const int *descriptors)
{
	const struct resolver_request *request = &state->request;
	struct resolver_reply reply;

	memset(&reply, 0, sizeof(reply));
	reply.number = request->number;
	if (request->type == RESOLVER_ADD)
		reply.error = add(state, descriptors);
	else
		reply.error = observe(state, &reply.evidence);
	if (request->type != RESOLVER_ADD && request->type != RESOLVER_OBSERVE &&
		!remove_rule(state))
		return;
	say(state, &reply);
}

/* Tells of those that have nothing under way any more. Returns whether any has not come so far. */
static bool tell_drained(struct resolver_state *state, int64_t now)
{
	bool waiting = false;

	for (size_t i = 0; i < state->count; i++) {
		struct entry *entry = &state->entries[i];
		struct resolver_reply reply;

		if (entry->drain_number == 0)
			continue;
		if (!resolver_scope_is_drained(entry->scope, now)) {
			waiting = true;
			continue;
		}
		memset(&reply, 0, sizeof(reply));
		reply.number = entry->drain_number;
		entry->drain_number = 0;
		say(state, &reply);
	}
	return waiting;
}

static void take_request(struct resolver_state *state)
{
	union {
		char space[CMSG_SPACE(RESOLVER_SOCKETS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec vector = {&state->request, sizeof(state->request)};
	struct msghdr message = {.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	ssize_t got = recvmsg(state->control, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header;
	int descriptors[RESOLVER_SOCKETS_MAX];

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* The custodian is gone, and what the redirects were for with it. */
	if (got != (ssize_t)sizeof(state->request) ||
		state->request.socket_count > RESOLVER_SOCKETS_MAX)
		_exit(0);
	header = CMSG_FIRSTHDR(&message);
	if (state->request.socket_count != 0 && header != NULL && header->cmsg_type == SCM_RIGHTS &&
		header->cmsg_len == CMSG_LEN(state->request.socket_count * sizeof(int))) {
		memcpy(descriptors, CMSG_DATA(header), state->request.socket_count * sizeof(int));
		serve_request(state, descriptors);
	} else {
		serve_request(state, NULL);
	}
}

static int64_t do_due(struct resolver_state *state)
{
	int64_t now = monotonic_ns();
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < state->count; i++) {
		int64_t wanted = resolver_scope_turn(state->entries[i].scope, now);

		next = wanted < next ? wanted : next;
	}
	if (tell_drained(state, now) && now + DRAIN_LOOK_NS < next)
		next = now + DRAIN_LOOK_NS;
	return next;
}

/* Waits until then, to the nanosecond (epoll_wait(2) knows only milliseconds). */
static int await(const struct resolver_state *state, int64_t until, struct epoll_event *events)
{
	struct pollfd waited = {.fd = state->epoll, .events = POLLIN};
	int64_t wait = until - monotonic_ns();
	struct timespec timeout = {.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};

	if (wait > 0 && ppoll(&waited, 1, until == INT64_MAX ? NULL : &timeout, NULL) <= 0)
		return 0;
	return epoll_wait(state->epoll, events, EVENTS_MAX, 0);
}

static _Noreturn void serve(struct resolver_state *state)
{
	for (;;) {
		struct epoll_event events[EVENTS_MAX];
		int count = await(state, do_due(state), events);
		bool control = false;

		for (int i = 0; i < count; i++) {
			struct resolver_watch *watch = events[i].data.ptr;

			if (watch == NULL)
				control = true;
			else
				watch->ready(watch, events[i].events);
		}
		/* Last, because it may free what events speak of. */
		if (control)
			take_request(state);
	}
}

_Noreturn void resolver_main(int socket)
{
	struct resolver_state *state = calloc(1, sizeof(*state));
	struct epoll_event event = {.events = EPOLLIN};

	if (state == NULL)
		_exit(3);
	state->control = relay_sandbox_descriptors(socket);
	relay_sandbox_privileges();
	(void)prctl(PR_SET_NAME, "perturb-resolv");
	state->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (state->epoll < 0 ||
		epoll_ctl(state->epoll, EPOLL_CTL_ADD, state->control, &event) < 0 ||
		system_calls_limit_resolver(NULL) < 0)
		_exit(3);
	serve(state);
}
