/* SPDX-License-Identifier: Apache-2.0 */
/* The custodian's side of the relay. */
#include "faults/relay.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/relay_wire.h"
#include "faults/tap.h"

/* A relay that takes longer than this for an answer is as good as dead, and made so: all its other
 * paths would be waited for just as long, one after the other. */
#define ANSWER_TIMEOUT_NS 2000000000LL

/* The kernel takes some 30 ms to dismantle a device and a packet socket, most of which it waits. So
 * many may wait together. */
#define CLOSERS_MAX 256

/* A closer needs next to none. */
#define CLOSER_STACK ((size_t)256 * 1024)

/* The custodian's descriptors of a path: with them open here, the process can close its own without
 * waiting for the kernel to dismantle a device, while frames of other paths are due. */
struct held {
	uint32_t id;
	int tap;
	int packet;
	bool released;
	bool closed;  /* or being closed, by the closer */
	bool closing; /* by the closer, which was not waited for yet */
	pthread_t closer;
	struct evidence evidence; /* the last, once it is released */
};

struct relay {
	int socket;
	pid_t pid;
	uint32_t number;    /* of the last request */
	struct held **held; /* one by one: their closers know their addresses */
	size_t count;
	size_t closers; /* that were not waited for yet */
};

int relay_start(struct relay **ret_relay, const struct distribution_tables *tables, struct err *err)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	int pair[2];

	if (relay == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot start the relay");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		free(relay);
		return err_set(err, ERR_SYSTEM, errno, "cannot make a socket pair");
	}
	relay->socket = pair[0];
	relay->pid = fork();
	if (relay->pid == 0)
		relay_main(pair[1], tables);
	close(pair[1]);
	if (relay->pid < 0) {
		err_set(err, ERR_SYSTEM, errno, "cannot start the relay");
		close(pair[0]);
		free(relay);
		return -1;
	}
	*ret_relay = relay;
	return 0;
}

int relay_fd(const struct relay *relay)
{
	return relay->socket;
}

static int send_request(const struct relay *relay, const struct relay_request *request,
	const int *descriptors, struct err *err)
{
	union {
		char space[CMSG_SPACE(RELAY_DESCRIPTORS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec vector = {(void *)(uintptr_t)request, sizeof(*request)};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

	if (descriptors != NULL) {
		struct cmsghdr *header;

		memset(&control, 0, sizeof(control));
		message.msg_control = control.space;
		message.msg_controllen = sizeof(control.space);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(RELAY_DESCRIPTORS * sizeof(int));
		memcpy(CMSG_DATA(header), descriptors, RELAY_DESCRIPTORS * sizeof(int));
	}
	if (sendmsg(relay->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) !=
		(ssize_t)sizeof(*request))
		return err_set(err, ERR_SYSTEM, errno, "cannot reach the relay process");
	return 0;
}

/* Takes the reply to the request of that number; older ones came too late for theirs. */
static int receive_reply(
	const struct relay *relay, uint32_t number, struct relay_reply *ret_reply, struct err *err)
{
	struct pollfd waited = {.fd = relay->socket, .events = POLLIN};
	int64_t give_up = monotonic_ns() + ANSWER_TIMEOUT_NS;

	for (int64_t left = ANSWER_TIMEOUT_NS; left > 0; left = give_up - monotonic_ns()) {
		struct timespec timeout = {
			.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
		ssize_t got;

		if (ppoll(&waited, 1, &timeout, NULL) <= 0)
			continue;
		got = recv(relay->socket, ret_reply, sizeof(*ret_reply), MSG_DONTWAIT);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return err_set(err, ERR_SYSTEM, 0, "the relay process is gone");
		if (got == (ssize_t)sizeof(*ret_reply) && ret_reply->number == number)
			return 0;
	}
	kill(relay->pid, SIGKILL);
	return err_set(err, ERR_SYSTEM, 0, "the relay process does not answer");
}

static int ask(struct relay *relay, struct relay_request *request, const int *descriptors,
	struct evidence *ret_evidence, struct err *err)
{
	struct relay_reply reply;

	request->number = ++relay->number;
	if (send_request(relay, request, descriptors, err) < 0 ||
		receive_reply(relay, request->number, &reply, err) < 0)
		return -1;
	if (reply.error != 0)
		return err_set(
			err, ERR_SYSTEM, reply.error, "the relay process refuses the request");
	if (ret_evidence != NULL)
		*ret_evidence = reply.evidence;
	return 0;
}

static int ask_about(struct relay *relay, enum relay_request_type type, uint32_t id,
	struct evidence *ret_evidence, struct err *err)
{
	struct relay_request request;

	memset(&request, 0, sizeof(request));
	request.type = type;
	request.id = id;
	return ask(relay, &request, NULL, ret_evidence, err);
}

bool relay_takes_super_packets(const struct impairment *impairment)
{
	return impairment->jitter_ns == 0 && impairment->loss <= 0 && impairment->duplicate <= 0 &&
	       impairment->corrupt <= 0 && impairment->reorder <= 0 && impairment->rate_bits == 0 &&
	       !slots_are_used(&impairment->slots);
}

int relay_add(struct relay *relay, uint32_t id, const struct tap_request *tap,
	const struct impairment *impairment, uint64_t seed, struct err *err)
{
	struct held **moved = realloc(relay->held, (relay->count + 1) * sizeof(struct held *));
	struct held *held = calloc(1, sizeof(*held));
	struct relay_request request;
	int descriptors[RELAY_DESCRIPTORS] = {tap->tap_fd, tap->packet_fd};
	struct err ignored;

	if (moved != NULL)
		relay->held = moved;
	if (moved == NULL || held == NULL) {
		free(held);
		return err_set(err, ERR_SYSTEM, ENOMEM, "the relay cannot take another interface");
	}
	memset(&request, 0, sizeof(request));
	request.type = RELAY_ADD;
	request.id = id;
	request.virtio = tap->super_packets;
	request.received = tap->received;
	request.seed = seed;
	request.impairment = *impairment;
	if (ask(relay, &request, descriptors, NULL, err) < 0) {
		/* It may have taken the path and been too slow to say so. */
		(void)ask_about(relay, RELAY_REMOVE, id, NULL, &ignored);
		free(held);
		return -1;
	}
	*held = (struct held){.id = id, .tap = tap->tap_fd, .packet = tap->packet_fd};
	relay->held[relay->count++] = held;
	return 0;
}

int relay_change(
	struct relay *relay, uint32_t id, const struct impairment *impairment, struct err *err)
{
	struct relay_request request;

	memset(&request, 0, sizeof(request));
	request.type = RELAY_CHANGE;
	request.id = id;
	request.impairment = *impairment;
	return ask(relay, &request, NULL, NULL, err);
}

int relay_observe(struct relay *relay, uint32_t id, struct evidence *ret_evidence, struct err *err)
{
	return ask_about(relay, RELAY_OBSERVE, id, ret_evidence, err);
}

static void *let_go(void *data)
{
	const struct held *held = data;

	close(held->packet);
	close(held->tap);
	return NULL;
}

static void await_closer(struct relay *relay, struct held *held)
{
	if (!held->closing)
		return;
	pthread_join(held->closer, NULL);
	held->closing = false;
	relay->closers--;
}

static void limit_closers(struct relay *relay)
{
	for (size_t i = 0; i < relay->count && relay->closers >= CLOSERS_MAX; i++)
		await_closer(relay, relay->held[i]);
}

/* In a thread of its own, or where there can be none, here and now. */
static void start_closer(struct relay *relay, struct held *held)
{
	pthread_attr_t attributes;

	held->closed = true;
	limit_closers(relay);
	if (pthread_attr_init(&attributes) == 0) {
		held->closing = pthread_attr_setstacksize(&attributes, CLOSER_STACK) == 0 &&
				pthread_create(&held->closer, &attributes, let_go, held) == 0;
		pthread_attr_destroy(&attributes);
	}
	if (held->closing)
		relay->closers++;
	else
		let_go(held);
}

/* The position of the path, or the number of paths if there is none. */
static size_t find(const struct relay *relay, uint32_t id)
{
	size_t at = 0;

	while (at < relay->count && relay->held[at]->id != id)
		at++;
	return at;
}

static void release(struct relay *relay, struct held *held, uint64_t overruns)
{
	struct err ignored;

	if (held->released)
		return;
	held->released = true;
	/* A relay that has died tells nothing any more. */
	if (ask_about(relay, RELAY_REMOVE, held->id, &held->evidence, &ignored) == 0)
		held->evidence.overlimit_drops += overruns;
}

static void start_closers(struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++)
		if (relay->held[i]->released && !relay->held[i]->closed)
			start_closer(relay, relay->held[i]);
}

void relay_release(struct relay *relay, uint32_t id, uint64_t overruns)
{
	size_t at = find(relay, id);

	if (at < relay->count)
		release(relay, relay->held[at], overruns);
}

void relay_remove(struct relay *relay, uint32_t id, struct evidence *ret_evidence)
{
	size_t at = find(relay, id);
	struct held *held;

	if (at == relay->count)
		return;
	held = relay->held[at];
	release(relay, held, 0);
	start_closers(relay);
	await_closer(relay, held);
	if (ret_evidence != NULL && held->evidence.source != EVIDENCE_NONE)
		*ret_evidence = held->evidence;
	relay->held[at] = relay->held[--relay->count];
	free(held);
}

bool relay_is_idle(const struct relay *relay)
{
	return relay->count == 0;
}

void relay_free(struct relay *relay)
{
	if (relay == NULL)
		return;
	close(relay->socket);
	for (size_t i = 0; i < relay->count; i++)
		relay->held[i]->released = true;
	start_closers(relay);
	for (size_t i = 0; i < relay->count; i++) {
		await_closer(relay, relay->held[i]);
		free(relay->held[i]);
	}
	free(relay->held);
	/* Nothing is left that it could still be needed for. */
	kill(relay->pid, SIGKILL);
	while (waitpid(relay->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(relay);
}
