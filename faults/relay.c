/* SPDX-License-Identifier: Apache-2.0 */
/* The custodian's side of the relay. */
#include "faults/relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/relay_wire.h"

/* A relay that takes longer than this for an answer is as good as dead. */
#define ANSWER_TIMEOUT_MS 2000

struct relay {
	int socket;
	pid_t pid;
};

int relay_start(struct relay **ret_relay, struct err *err)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	int parent = getpid();
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
		relay_main(pair[1], parent);
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

static int ask(const struct relay *relay, const struct relay_request *request,
	const int *descriptors, struct evidence *ret_evidence, struct err *err)
{
	struct pollfd waited = {.fd = relay->socket, .events = POLLIN};
	struct relay_reply reply;

	if (send_request(relay, request, descriptors, err) < 0)
		return -1;
	if (poll(&waited, 1, ANSWER_TIMEOUT_MS) != 1)
		return err_set(err, ERR_SYSTEM, 0, "the relay process does not answer");
	if (recv(relay->socket, &reply, sizeof(reply), MSG_DONTWAIT) != (ssize_t)sizeof(reply))
		return err_set(err, ERR_SYSTEM, 0, "the relay process is gone");
	if (reply.error != 0)
		return err_set(err, ERR_SYSTEM, reply.error, "the relay process refused");
	if (ret_evidence != NULL)
		*ret_evidence = reply.evidence;
	return 0;
}

int relay_add(struct relay *relay, uint32_t id, int tap_fd, int packet_fd,
	const struct impairment *impairment, uint64_t seed, struct err *err)
{
	struct relay_request request;
	int descriptors[RELAY_DESCRIPTORS] = {tap_fd, packet_fd};

	memset(&request, 0, sizeof(request));
	request.type = RELAY_ADD;
	request.id = id;
	request.seed = seed;
	request.impairment = *impairment;
	return ask(relay, &request, descriptors, NULL, err);
}

int relay_observe(struct relay *relay, uint32_t id, struct evidence *ret_evidence, struct err *err)
{
	struct relay_request request;

	memset(&request, 0, sizeof(request));
	request.type = RELAY_OBSERVE;
	request.id = id;
	return ask(relay, &request, NULL, ret_evidence, err);
}

int relay_remove(struct relay *relay, uint32_t id, struct evidence *ret_evidence, struct err *err)
{
	struct relay_request request;

	memset(&request, 0, sizeof(request));
	request.type = RELAY_REMOVE;
	request.id = id;
	return ask(relay, &request, NULL, ret_evidence, err);
}

void relay_free(struct relay *relay)
{
	if (relay == NULL)
		return;
	close(relay->socket);
	/* Nothing is left that it could still be needed for. */
	kill(relay->pid, SIGKILL);
	while (waitpid(relay->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(relay);
}
