/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netlink - one request to the kernel and its whole answer.
 *
 * The requests are built with libnl; the exchange itself is one sendmsg and as few recv as the
 * kernel's answer takes, because injecting into hundreds of namespaces is counted in system calls.
 */
#ifndef FAULTS_NETLINK_H
#define FAULTS_NETLINK_H

#include <linux/netlink.h>
#include <netlink/msg.h>
#include <stdint.h>

#include "reports/err.h"

struct nl_sock;
struct nl_msg;

static inline void cleanup_message_pointer(struct nl_msg **message)
{
	nlmsg_free(*message);
}
#define cleanup_message __attribute__((cleanup(cleanup_message_pointer)))

/* A request about traffic control that asks for an acknowledgement; kind may be NULL. Returns NULL
 * when memory is short; the caller frees it with nlmsg_free. */
struct nl_msg *netlink_tc_request(int type, int flags, uint32_t interface_index, uint32_t parent,
	uint32_t handle, const char *kind);

/* Called for each message of the answer that carries data. */
typedef void netlink_handler(const struct nlmsghdr *message, void *data);

/* Sends the request (which must ask for an acknowledgement or be a dump) and awaits its end.
 * handler may be NULL. When the kernel refuses, err holds ERR_SYSTEM, the error number in sys and,
 * where it gives one, the kernel's own explanation. NETLINK_UNANSWERED: it was sent, but there was
 * no answer, and nobody knows whether it was carried out. */
#define NETLINK_UNANSWERED (-2)
int netlink_exchange(struct nl_sock *socket, struct nl_msg *request, netlink_handler *handler,
	void *data, struct err *err);

/* Sends the messages of a transaction of netfilter's, its begin and its end included, at once. Only
 * the last but one must ask for an acknowledgement. All of it is carried out, or nothing: on
 * failure err holds what the kernel said to the first message that it refused. */
int netlink_transact(
	struct nl_sock *socket, struct nl_msg *const *messages, size_t count, struct err *err);

#endif
