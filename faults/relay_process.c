/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay process: frames in, frames out, and requests from the custodian. It holds no privilege
 * but the descriptors that it was given.
 *
 * When the custodian is gone without having put things back (it was killed), the redirects still
 * lead here. Ending now would cut the targets off; so the relay lets every frame pass untouched
 * until "perturb recover" takes the redirects and their TAP devices away, or the interfaces go.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/relay_path.h"
#include "faults/relay_priority.h"
#include "faults/relay_sandbox.h"
#include "faults/relay_wire.h"
#include "faults/system_calls.h"

#define EVENTS_MAX 64

/* How often a relay without custodian looks whether it is still needed. */
#define CUT_INTERVAL_NS 500000000LL

struct relay_state {
	int control; /* -1: the custodian is gone */
	int epoll;
	struct relay_path **paths;
	size_t count;
	struct relay_pool pool;
	const struct distribution_tables *tables;
	struct relay_priority priority;
};

/* The position of the path, or the number of paths if there is none. */
static size_t find(const struct relay_state *state, uint32_t id)
{
	size_t at = 0;

	while (at < state->count && relay_path_id(state->paths[at]) != id)
		at++;
	return at;
}

static void forget(struct relay_state *state, size_t at)
{
	struct relay_path *path = state->paths[at];

	/* The custodian has them open, too, so closing alone would not end the watch. */
	(void)epoll_ctl(state->epoll, EPOLL_CTL_DEL, relay_path_tap(path), NULL);
	relay_path_free(path);
	state->paths[at] = state->paths[--state->count];
	if (state->count == 0)
		relay_pool_trim(&state->pool);
}

/* Returns 0 or an error number; on success the descriptors belong to the path. */
static int add(struct relay_state *state, const struct relay_request *request,
	const int descriptors[RELAY_DESCRIPTORS])
{
	struct epoll_event event = {.events = EPOLLIN};
	struct relay_path **moved = realloc(state->paths, (state->count + 1) * sizeof(*moved));
	struct relay_path *path;

	if (moved == NULL)
		return ENOMEM;
	state->paths = moved;
	path = relay_path_new(request->id, descriptors[0], descriptors[1], request->virtio,
		&request->impairment, state->tables, request->seed, &state->pool);
	if (path == NULL)
		return ENOMEM;
	if (request->received)
		relay_path_return(path);
	state->paths[state->count++] = path;
	event.data.ptr = path;
	/* A path that cannot be watched never carries anything; the custodian removes it. */
	return epoll_ctl(state->epoll, EPOLL_CTL_ADD, descriptors[0], &event) < 0 ? errno : 0;
}

static int serve_add(
	struct relay_state *state, const struct relay_request *request, const int *descriptors)
{
	int error;

	if (descriptors == NULL)
		return EPROTO;
	error = find(state, request->id) < state->count ? EEXIST : add(state, request, descriptors);
	if (error == EEXIST || error == ENOMEM) {
		close(descriptors[0]);
		close(descriptors[1]);
	}
	return error;
}

/* The redirect is gone by now: what is under way is the last. */
static void serve_remove(struct relay_state *state, size_t at, struct evidence *evidence)
{
	relay_path_flush(state->paths[at]);
	relay_path_evidence(state->paths[at], evidence);
	forget(state, at);
}

static void serve_request(
	struct relay_state *state, const struct relay_request *request, const int *descriptors)
{
	struct relay_reply reply;
	size_t at = find(state, request->id);

	memset(&reply, 0, sizeof(reply));
	reply.number = request->number;
	if (request->type == RELAY_ADD)
		reply.error = serve_add(state, request, descriptors);
	else if (at == state->count)
		reply.error = ENOENT;
	else if (request->type == RELAY_REMOVE)
		serve_remove(state, at, &reply.evidence);
	else if (request->type == RELAY_CHANGE)
		reply.error =
			relay_path_change(state->paths[at], &request->impairment, state->tables);
	else
		relay_path_evidence(state->paths[at], &reply.evidence);
	/* Nobody there to read it is noticed when the next request is awaited. */
	(void)send(state->control, &reply, sizeof(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The custodian is gone. */
static void open_up(struct relay_state *state)
{
	close(state->control);
	state->control = -1;
	for (size_t i = 0; i < state->count; i++)
		relay_path_open(state->paths[i]);
}

static void take_request(struct relay_state *state)
{
	union {
		char space[CMSG_SPACE(RELAY_DESCRIPTORS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct relay_request request;
	struct iovec vector = {&request, sizeof(request)};
	struct msghdr message = {.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	ssize_t got = recvmsg(state->control, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header;
	int descriptors[RELAY_DESCRIPTORS];

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got != (ssize_t)sizeof(request)) {
		open_up(state);
		return;
	}
	header = CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_type == SCM_RIGHTS &&
		header->cmsg_len == CMSG_LEN(sizeof(descriptors))) {
		memcpy(descriptors, CMSG_DATA(header), sizeof(descriptors));
		serve_request(state, &request, descriptors);
	} else {
		serve_request(state, &request, NULL);
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Returns when the next frame is due. */
static int64_t send_due(struct relay_state *state)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < state->count; i++)
		next = earlier(next, relay_path_send(state->paths[i]));
	return next;
}

/* Waits for frames and requests until then, to the nanosecond (epoll_wait(2) knows only
 * milliseconds, and epoll_pwait2(2) only since Linux 5.11). */
static int await(const struct relay_state *state, int64_t until, struct epoll_event *events)
{
	struct pollfd waited = {.fd = state->epoll, .events = POLLIN};
	int64_t wait = until - monotonic_ns();
	struct timespec timeout = {.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};

	if (wait > 0 && ppoll(&waited, 1, until == INT64_MAX ? NULL : &timeout, NULL) <= 0)
		return 0;
	return epoll_wait(state->epoll, events, EVENTS_MAX, 0);
}

/* A path whose device went, with its namespace perhaps, is not watched any more. */
static void read_frames(struct relay_state *state, struct relay_path *path)
{
	if (relay_path_read(path) < 0)
		(void)epoll_ctl(state->epoll, EPOLL_CTL_DEL, relay_path_tap(path), NULL);
}

/* Without a custodian, nobody says when a path is over. */
static void forget_cut(struct relay_state *state)
{
	for (size_t i = state->count; i-- > 0;) {
		if (relay_path_is_cut(state->paths[i]))
			forget(state, i);
	}
}

static _Noreturn void serve(struct relay_state *state)
{
	while (state->control >= 0 || state->count != 0) {
		struct epoll_event events[EVENTS_MAX];
		int64_t next = send_due(state);
		bool control = false;
		int count;

		relay_priority_balance(&state->priority, monotonic_ns());
		if (state->control < 0) {
			forget_cut(state);
			next = earlier(next, monotonic_ns() + CUT_INTERVAL_NS);
		}
		count = await(state, next, events);
		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr == NULL)
				control = true;
			else
				read_frames(state, events[i].data.ptr);
		}
		/* Last, because it may free a path that events speak of. */
		if (control)
			take_request(state);
	}
	_exit(0);
}

_Noreturn void relay_main(int socket, const struct distribution_tables *tables)
{
	struct relay_state *state = calloc(1, sizeof(*state));
	struct epoll_event event = {.events = EPOLLIN};

	if (state == NULL)
		_exit(3);
	state->tables = tables;
	state->control = relay_sandbox_descriptors(socket);
	relay_priority_init(&state->priority, monotonic_ns());
	relay_sandbox_privileges();
	state->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (state->epoll < 0 ||
		epoll_ctl(state->epoll, EPOLL_CTL_ADD, state->control, &event) < 0 ||
		system_calls_limit_relay(NULL) < 0)
		_exit(3);
	serve(state);
}
