/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay process: frames in, frames out, and requests from the custodian. It holds no privilege
 * but the descriptors that it was given.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "faults/relay_path.h"
#include "faults/relay_wire.h"

#define CONTROL_FD 3
#define NOBODY	   65534
#define EVENTS_MAX 64

/* Ahead of ordinary processes: a late frame is a wrong measurement. */
#define PRIORITY (-20)

struct relay_state {
	int epoll;
	struct relay_path **paths;
	size_t count;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct relay_path *find(const struct relay_state *state, uint32_t id, size_t *ret_index)
{
	for (size_t i = 0; i < state->count; i++) {
		if (relay_path_id(state->paths[i]) == id) {
			*ret_index = i;
			return state->paths[i];
		}
	}
	return NULL;
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
	path = relay_path_new(
		request->id, descriptors[0], descriptors[1], &request->impairment, request->seed);
	if (path == NULL)
		return ENOMEM;
	event.data.ptr = path;
	if (epoll_ctl(state->epoll, EPOLL_CTL_ADD, descriptors[0], &event) < 0) {
		int error = errno;

		relay_path_free(path);
		return error;
	}
	state->paths[state->count++] = path;
	return 0;
}

static void serve_request(
	struct relay_state *state, const struct relay_request *request, const int *descriptors)
{
	struct relay_reply reply;
	struct relay_path *path;
	size_t index;

	memset(&reply, 0, sizeof(reply));
	path = find(state, request->id, &index);
	switch (request->type) {
	case RELAY_ADD:
		if (descriptors == NULL) {
			reply.error = EPROTO;
			break;
		}
		reply.error = path != NULL ? EEXIST : add(state, request, descriptors);
		if (reply.error != 0) {
			close(descriptors[0]);
			close(descriptors[1]);
		}
		break;
	case RELAY_OBSERVE:
		if (path != NULL)
			relay_path_evidence(path, &reply.evidence);
		break;
	case RELAY_REMOVE:
		if (path == NULL)
			break;
		/* The redirect is gone by now: what was under way is the last. */
		(void)relay_path_read(path);
		(void)relay_path_send(path, INT64_MAX - 1);
		relay_path_evidence(path, &reply.evidence);
		relay_path_free(path);
		state->paths[index] = state->paths[--state->count];
		break;
	}
	if (send(CONTROL_FD, &reply, sizeof(reply), MSG_NOSIGNAL) < 0)
		_exit(0);
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
	ssize_t got = recvmsg(CONTROL_FD, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header;
	int descriptors[RELAY_DESCRIPTORS];

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got != (ssize_t)sizeof(request))
		_exit(0); /* the custodian is gone: so are the redirects, by its or the journal's
			     doing */
	header = CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_type == SCM_RIGHTS &&
		header->cmsg_len == CMSG_LEN(sizeof(descriptors))) {
		memcpy(descriptors, CMSG_DATA(header), sizeof(descriptors));
		serve_request(state, &request, descriptors);
	} else {
		serve_request(state, &request, NULL);
	}
}

static int64_t send_due(struct relay_state *state)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < state->count; i++) {
		int64_t due = relay_path_send(state->paths[i], now_ns());

		if (due < next)
			next = due;
	}
	return next;
}

static _Noreturn void serve(struct relay_state *state)
{
	for (;;) {
		struct epoll_event events[EVENTS_MAX];
		int64_t next = send_due(state);
		int64_t wait = next == INT64_MAX ? 0 : next - now_ns();
		struct timespec timeout;
		bool control = false;
		int count;

		if (wait < 0)
			wait = 0;
		timeout.tv_sec = wait / 1000000000;
		timeout.tv_nsec = wait % 1000000000;
		count = epoll_pwait2(state->epoll, events, EVENTS_MAX,
			next == INT64_MAX ? NULL : &timeout, NULL);
		if (count < 0 && errno != EINTR)
			_exit(3);
		for (int i = 0; i < count; i++) {
			struct relay_path *path = events[i].data.ptr;

			if (path == NULL)
				control = true;
			else if (relay_path_read(path) < 0)
				/* The interface went, with its namespace perhaps. */
				epoll_ctl(state->epoll, EPOLL_CTL_DEL, relay_path_fd(path), NULL);
		}
		/* Last, because it may free a path that events speak of. */
		if (control)
			take_request(state);
	}
}

/* Gives up everything that the process has as root's child; ends it when that is not possible. */
static void drop_privileges(int parent)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	(void)setpriority(PRIO_PROCESS, 0, PRIORITY);
	if (chdir("/") < 0 || setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
		setresuid(NOBODY, NOBODY, NOBODY) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		_exit(3);
	/* After the change of user, which forgets it; and the parent may be gone already. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(0);
}

_Noreturn void relay_main(int socket, int parent)
{
	struct relay_state state = {0};
	struct epoll_event event = {.events = EPOLLIN};

	(void)prctl(PR_SET_NAME, "perturb-relay");
	/* Timers as exact as the kernel's. */
	(void)prctl(PR_SET_TIMERSLACK, 1);
	if ((socket != CONTROL_FD && dup2(socket, CONTROL_FD) < 0) ||
		close_range(CONTROL_FD + 1, ~0U, 0) < 0)
		_exit(3);
	drop_privileges(parent);
	state.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (state.epoll < 0 || epoll_ctl(state.epoll, EPOLL_CTL_ADD, CONTROL_FD, &event) < 0)
		_exit(3);
	serve(&state);
}
