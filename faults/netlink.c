/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What an answer needs at most: the kernel fills a dump up to the size of the reader's buffer, and
 * leaves out what is larger; of that size, every filter fits. */
#define BUFFER_SIZE 32768

#define DATAGRAMS_AT_ONCE 2

/* Room for the largest request but filters, which have theirs: netem's options with a table of
 * 4,096 deviates. */
#define REQUEST_SIZE 12288

struct nl_msg *netlink_tc_request(int type, int flags, uint32_t interface_index, uint32_t parent,
	uint32_t handle, const char *kind)
{
	struct tcmsg header = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = (int)interface_index,
		.tcm_handle = handle,
		.tcm_parent = parent,
	};
	struct nl_msg *message = nlmsg_alloc_size(REQUEST_SIZE);

	if (message == NULL)
		return NULL;
	if (nlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0,
		    NLM_F_REQUEST | NLM_F_ACK | flags) == NULL ||
		nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO) < 0 ||
		(kind != NULL && nla_put_string(message, TCA_KIND, kind) < 0)) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

/* The kernel's explanation of a refusal (NETLINK_EXT_ACK), or NULL. It follows the header of the
 * refused request, or the whole of it. */
static const char *refusal_text(const struct nlmsghdr *message)
{
	const struct nlmsgerr *refusal = nlmsg_data(message);
	size_t offset = sizeof(*refusal);
	size_t length = (size_t)nlmsg_datalen(message);
	const struct nlattr *attribute;

	if ((message->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
		return NULL;
	if ((message->nlmsg_flags & NLM_F_CAPPED) == 0)
		offset += NLMSG_ALIGN(refusal->msg.nlmsg_len - NLMSG_HDRLEN);
	if (offset >= length)
		return NULL;
	attribute = nla_find((const struct nlattr *)((const char *)refusal + offset),
		(int)(length - offset), NLMSGERR_ATTR_MSG);
	if (attribute == NULL || nla_len(attribute) < 1 ||
		((const char *)nla_data(attribute))[nla_len(attribute) - 1] != '\0')
		return NULL;
	return nla_data(attribute);
}

enum progress { PROGRESS_FAILED, PROGRESS_UNANSWERED, PROGRESS_DONE, PROGRESS_MORE };

/* What an answer is waited for: one request, or the messages of a transaction, of which only the
 * last asks for an acknowledgement. */
struct expectation {
	uint32_t first;
	uint32_t last;
	netlink_handler *handler;
	void *data;
};

/* An acknowledgement or a refusal. */
static enum progress handle_answer(const struct nlmsghdr *message, struct err *err)
{
	const struct nlmsgerr *answer = nlmsg_data(message);
	const char *text;

	if (nlmsg_datalen(message) < (int)sizeof(*answer)) {
		err_set(err, ERR_SYSTEM, EBADMSG, "netlink");
		return PROGRESS_FAILED;
	}
	if (answer->error == 0)
		return PROGRESS_DONE;
	text = refusal_text(message);
	if (text != NULL)
		err_set(err, ERR_SYSTEM, -answer->error, "the kernel refused (%s)", text);
	else
		err_set(err, ERR_SYSTEM, -answer->error, "the kernel refused");
	return PROGRESS_FAILED;
}

static bool is_expected(const struct nlmsghdr *message, const struct expectation *expectation)
{
	/* Numbers wrap. What is late, of an exchange that failed, is not meant. */
	return message->nlmsg_seq - expectation->first <= expectation->last - expectation->first;
}

/* The end of a dump, which says whether that went well. */
static enum progress handle_end(const struct nlmsghdr *message, struct err *err)
{
	int error = 0;

	if (nlmsg_datalen(message) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(message), sizeof(error));
	if (error >= 0)
		return PROGRESS_DONE;
	err_set(err, ERR_SYSTEM, -error, "the kernel refused");
	return PROGRESS_FAILED;
}

static enum progress handle_datagram(const struct nlmsghdr *message, int length,
	const struct expectation *expectation, struct err *err)
{
	struct nlmsghdr *next = (struct nlmsghdr *)message;
	enum progress progress;

	for (; nlmsg_ok(next, length); next = nlmsg_next(next, &length)) {
		if (!is_expected(next, expectation))
			continue;
		if (next->nlmsg_type == NLMSG_DONE)
			return handle_end(next, err);
		if (next->nlmsg_type == NLMSG_ERROR) {
			progress = handle_answer(next, err);
			if (progress != PROGRESS_DONE || next->nlmsg_seq == expectation->last)
				return progress;
		} else if (expectation->handler != NULL) {
			expectation->handler(next, expectation->data);
		}
	}
	return PROGRESS_MORE;
}

/* Receives what is there: one answer is often two datagrams, the data and its acknowledgement. */
static enum progress receive(
	struct nl_sock *socket, const struct expectation *expectation, struct err *err)
{
	_Alignas(struct nlmsghdr) char buffers[DATAGRAMS_AT_ONCE][BUFFER_SIZE];
	struct iovec vectors[DATAGRAMS_AT_ONCE];
	struct mmsghdr datagrams[DATAGRAMS_AT_ONCE];
	enum progress progress = PROGRESS_MORE;
	int count;

	memset(datagrams, 0, sizeof(datagrams));
	for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
		vectors[i] = (struct iovec){buffers[i], BUFFER_SIZE};
		datagrams[i].msg_hdr.msg_iov = &vectors[i];
		datagrams[i].msg_hdr.msg_iovlen = 1;
	}
	do {
		count = recvmmsg(nl_socket_get_fd(socket), datagrams, DATAGRAMS_AT_ONCE,
			MSG_WAITFORONE, NULL);
	} while (count < 0 && errno == EINTR);
	if (count < 0) {
		err_set(err, ERR_SYSTEM, errno, "netlink");
		return PROGRESS_UNANSWERED;
	}
	for (int i = 0; i < count && progress == PROGRESS_MORE; i++) {
		if ((datagrams[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
			err_set(err, ERR_SYSTEM, EMSGSIZE, "netlink");
			return PROGRESS_UNANSWERED;
		}
		progress = handle_datagram((const struct nlmsghdr *)buffers[i],
			(int)datagrams[i].msg_len, expectation, err);
	}
	return progress;
}

static int receive_all(
	struct nl_sock *socket, const struct expectation *expectation, struct err *err)
{
	enum progress progress;

	do {
		progress = receive(socket, expectation, err);
	} while (progress == PROGRESS_MORE);
	if (progress == PROGRESS_UNANSWERED)
		return NETLINK_UNANSWERED;
	return progress == PROGRESS_DONE ? 0 : -1;
}

int netlink_exchange(struct nl_sock *socket, struct nl_msg *request, netlink_handler *handler,
	void *data, struct err *err)
{
	struct expectation expectation = {.handler = handler, .data = data};
	int error = nl_send_auto(socket, request);

	if (error < 0)
		return err_set(err, ERR_SYSTEM, 0, "netlink: %s", nl_geterror(error));
	expectation.first = expectation.last = nlmsg_hdr(request)->nlmsg_seq;
	return receive_all(socket, &expectation, err);
}

/* Copies the messages one behind the other, numbered; returns the length. */
static size_t line_up(struct nl_sock *socket, struct nl_msg *const *messages, size_t count,
	char *buffer, struct expectation *expectation)
{
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		struct nlmsghdr *header = nlmsg_hdr(messages[i]);

		header->nlmsg_seq = nl_socket_use_seq(socket);
		header->nlmsg_pid = nl_socket_get_local_port(socket);
		expectation->last = header->nlmsg_seq;
		if (i == 0)
			expectation->first = header->nlmsg_seq;
		memcpy(buffer + length, header, header->nlmsg_len);
		length += NLMSG_ALIGN(header->nlmsg_len);
	}
	return length;
}

static int send_whole(struct nl_sock *socket, const char *buffer, size_t size, struct err *err)
{
	ssize_t sent;

	do {
		sent = send(nl_socket_get_fd(socket), buffer, size, 0);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? err_set(err, ERR_SYSTEM, errno, "netlink") : 0;
}

int netlink_transact(
	struct nl_sock *socket, struct nl_msg *const *messages, size_t count, struct err *err)
{
	struct expectation expectation = {0};
	size_t size = NLMSG_ALIGNTO;
	char *buffer;
	int result;

	for (size_t i = 0; i < count; i++)
		size += NLMSG_ALIGN(nlmsg_hdr(messages[i])->nlmsg_len);
	buffer = calloc(1, size);
	if (buffer == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "netlink");
	size = line_up(socket, messages, count, buffer, &expectation);
	/* The last but one is the last of the transaction's content: its end is not answered. */
	expectation.last--;
	result = send_whole(socket, buffer, size, err);
	free(buffer);
	return result < 0 ? -1 : receive_all(socket, &expectation, err);
}
