/* SPDX-License-Identifier: Apache-2.0 */
/* The custodian's side of the resolver. */
#include "faults/resolver.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/resolver_wire.h"

/* A resolver that takes longer than this for an answer is as good as dead, and made so: with it,
 * the kernel ends every redirect that leads to it. */
#define ANSWER_TIMEOUT_NS 2000000000LL

struct handed {
	uint32_t id;
	bool ended;
	struct resolver_place place;
	struct evidence evidence; /* the last, once it has ended */
};

struct resolver {
	int socket;
	pid_t pid;
	uint32_t number; /* of the last request */
	struct handed *handed;
	size_t count;
};

int resolver_start(struct resolver **ret_resolver, struct err *err)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));
	int pair[2];

	if (resolver == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot start the resolver");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		free(resolver);
		return err_set(err, ERR_SYSTEM, errno, "cannot make a socket pair");
	}
	resolver->socket = pair[0];
	resolver->pid = fork();
	if (resolver->pid == 0)
		resolver_main(pair[1]);
	close(pair[1]);
	if (resolver->pid < 0) {
		err_set(err, ERR_SYSTEM, errno, "cannot start the resolver");
		close(pair[0]);
		free(resolver);
		return -1;
	}
	*ret_resolver = resolver;
	return 0;
}

int resolver_fd(const struct resolver *resolver)
{
	return resolver->socket;
}

static int send_request(const struct resolver *resolver, const struct resolver_request *request,
	const int *descriptors, struct err *err)
{
	union {
		char space[CMSG_SPACE(RESOLVER_SOCKETS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	const size_t size = request->socket_count * sizeof(int);
	struct iovec vector = {(void *)(uintptr_t)request, sizeof(*request)};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

	if (size != 0) {
		struct cmsghdr *header;

		memset(&control, 0, sizeof(control));
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(size);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(header), descriptors, size);
	}
	if (sendmsg(resolver->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) !=
		(ssize_t)sizeof(*request))
		return err_set(err, ERR_SYSTEM, errno, "cannot reach the resolver process");
	return 0;
}

/* Takes the reply to the request of that number; older ones came too late for theirs. */
static int receive_reply(const struct resolver *resolver, uint32_t number,
	struct resolver_reply *ret_reply, struct err *err)
{
	struct pollfd waited = {.fd = resolver->socket, .events = POLLIN};
	int64_t give_up = monotonic_ns() + ANSWER_TIMEOUT_NS;

	for (int64_t left = ANSWER_TIMEOUT_NS; left > 0; left = give_up - monotonic_ns()) {
		struct timespec timeout = {
			.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
		ssize_t got;

		if (ppoll(&waited, 1, &timeout, NULL) <= 0)
			continue;
		got = recv(resolver->socket, ret_reply, sizeof(*ret_reply), MSG_DONTWAIT);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return err_set(err, ERR_SYSTEM, 0, "the resolver process is gone");
		if (got == (ssize_t)sizeof(*ret_reply) && ret_reply->number == number)
			return 0;
	}
	kill(resolver->pid, SIGKILL);
	return err_set(err, ERR_SYSTEM, 0, "the resolver process does not answer");
}

static int ask(struct resolver *resolver, struct resolver_request *request, const int *descriptors,
	struct evidence *ret_evidence, struct err *err)
{
	struct resolver_reply reply;

	request->number = ++resolver->number;
	if (send_request(resolver, request, descriptors, err) < 0 ||
		receive_reply(resolver, request->number, &reply, err) < 0)
		return -1;
	if (reply.error != 0)
		return err_set(
			err, ERR_SYSTEM, reply.error, "the resolver process refuses the request");
	if (ret_evidence != NULL)
		*ret_evidence = reply.evidence;
	return 0;
}

static int ask_about(struct resolver *resolver, enum resolver_request_type type, uint32_t id,
	const struct resolver_place *place, struct evidence *ret_evidence, struct err *err)
{
	struct resolver_request request;

	memset(&request, 0, sizeof(request));
	request.type = type;
	request.id = id;
	request.place = *place;
	return ask(resolver, &request, NULL, ret_evidence, err);
}

static struct handed *find(const struct resolver *resolver, uint32_t id)
{
	for (size_t i = 0; i < resolver->count; i++)
		if (resolver->handed[i].id == id)
			return &resolver->handed[i];
	return NULL;
}

bool resolver_has(const struct resolver *resolver, const struct resolver_place *place)
{
	for (size_t i = 0; i < resolver->count; i++)
		if (resolver->handed[i].place.device == place->device &&
			resolver->handed[i].place.inode == place->inode)
			return true;
	return false;
}

bool resolver_is_last(
	const struct resolver *resolver, uint32_t id, const struct resolver_place *place)
{
	bool found = false;

	for (size_t i = 0; i < resolver->count; i++) {
		if (resolver->handed[i].place.device != place->device ||
			resolver->handed[i].place.inode != place->inode)
			continue;
		if (resolver->handed[i].id != id)
			return false;
		found = true;
	}
	return found;
}

int resolver_add(struct resolver *resolver, uint32_t id, const struct resolver_place *place,
	const struct dns_rule *rule, uint64_t seed, const struct resolver_socket *sockets,
	const int *descriptors, size_t count, struct err *err)
{
	struct handed *moved = realloc(resolver->handed, (resolver->count + 1) * sizeof(*moved));
	struct resolver_request request;
	struct err ignored;

	if (moved == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "the resolver");
	resolver->handed = moved;
	memset(&request, 0, sizeof(request));
	request.type = RESOLVER_ADD;
	request.id = id;
	request.socket_count = (uint32_t)count;
	request.place = *place;
	request.seed = seed;
	request.rule = *rule;
	if (count != 0)
		memcpy(request.sockets, sockets, count * sizeof(*sockets));
	if (ask(resolver, &request, descriptors, NULL, err) < 0) {
		/* It may have taken them and been too slow to say so. */
		(void)ask_about(resolver, RESOLVER_REMOVE, id, place, NULL, &ignored);
		return -1;
	}
	resolver->handed[resolver->count++] = (struct handed){.id = id, .place = *place};
	return 0;
}

int resolver_observe(
	struct resolver *resolver, uint32_t id, struct evidence *ret_evidence, struct err *err)
{
	const struct handed *handed = find(resolver, id);

	if (handed == NULL)
		return err_set(err, ERR_SYSTEM, ENOENT, "the resolver has no such rule");
	return ask_about(resolver, RESOLVER_OBSERVE, id, &handed->place, ret_evidence, err);
}

void resolver_end(struct resolver *resolver, uint32_t id)
{
	struct handed *handed = find(resolver, id);
	struct err ignored;

	if (handed == NULL || handed->ended)
		return;
	handed->ended = true;
	(void)ask_about(resolver, RESOLVER_END, id, &handed->place, &handed->evidence, &ignored);
}

void resolver_drain(struct resolver *resolver, uint32_t id)
{
	const struct handed *handed = find(resolver, id);
	struct err ignored;

	if (handed == NULL)
		return;
	resolver_end(resolver, id);
	(void)ask_about(resolver, RESOLVER_DRAIN, id, &handed->place, NULL, &ignored);
}

void resolver_remove(struct resolver *resolver, uint32_t id, struct evidence *ret_evidence)
{
	struct handed *handed = find(resolver, id);
	struct err ignored;

	if (handed == NULL)
		return;
	resolver_end(resolver, id);
	/* One that has died tells nothing any more, and has nothing either. */
	(void)ask_about(resolver, RESOLVER_REMOVE, id, &handed->place, NULL, &ignored);
	if (ret_evidence != NULL && handed->evidence.source != EVIDENCE_NONE)
		*ret_evidence = handed->evidence;
	*handed = resolver->handed[--resolver->count];
}

bool resolver_is_idle(const struct resolver *resolver)
{
	return resolver->count == 0;
}

void resolver_free(struct resolver *resolver)
{
	if (resolver == NULL)
		return;
	close(resolver->socket);
	kill(resolver->pid, SIGKILL);
	while (waitpid(resolver->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(resolver->handed);
	free(resolver);
}
