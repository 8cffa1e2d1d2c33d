/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/connections.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "faults/netlink.h"

static struct nl_msg *request_new(int type, int flags, const struct inet_diag_req_v2 *question)
{
	struct nl_msg *message = nlmsg_alloc();

	if (message == NULL)
		return NULL;
	if (nlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, NLM_F_REQUEST | flags) == NULL ||
		nlmsg_append(message, (void *)(uintptr_t)question, sizeof(*question),
			NLMSG_ALIGNTO) < 0) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

static struct connection *append(struct connection_list *list)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
		struct connection *items = realloc(list->items, capacity * sizeof(*items));

		if (items == NULL)
			return NULL;
		list->items = items;
		list->capacity = capacity;
	}
	return &list->items[list->count++];
}

/* An IPv6 socket that talks IPv4 has addresses as ::ffff:10.0.0.1. */
static uint8_t read_addresses(const struct inet_diag_msg *answer, struct connection *connection)
{
	const uint8_t *local = (const uint8_t *)answer->id.idiag_src;
	const uint8_t *peer = (const uint8_t *)answer->id.idiag_dst;

	if (answer->idiag_family == AF_INET6 &&
		!IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)answer->id.idiag_dst)) {
		memcpy(connection->local, local, 16);
		memcpy(connection->peer, peer, 16);
		return AF_INET6;
	}
	if (answer->idiag_family == AF_INET6) {
		local += 12;
		peer += 12;
	}
	memcpy(connection->local, local, 4);
	memcpy(connection->peer, peer, 4);
	return AF_INET;
}

static void take(const struct nlmsghdr *message, void *data)
{
	const struct inet_diag_msg *answer = nlmsg_data(message);
	struct connection_list *list = data;
	struct connection *connection;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		nlmsg_datalen(message) < (int)sizeof(*answer))
		return;
	connection = append(list);
	if (connection == NULL) {
		list->incomplete = true;
		return;
	}
	memset(connection, 0, sizeof(*connection));
	connection->family = read_addresses(answer, connection);
	connection->local_port = ntohs(answer->id.idiag_sport);
	connection->peer_port = ntohs(answer->id.idiag_dport);
	connection->inode = answer->idiag_inode;
	connection->socket_family = answer->idiag_family;
	connection->id = answer->id;
}

static int list_family(struct nl_sock *socket, uint8_t family, uint32_t states,
	struct connection_list *list, struct err *err)
{
	const struct inet_diag_req_v2 question = {
		.sdiag_family = family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = states};
	cleanup_message struct nl_msg *request =
		request_new(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &question);

	if (request == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot list connections");
	if (netlink_exchange(socket, request, take, list, err) != 0)
		return err_prefix(err, "cannot list connections");
	if (list->incomplete)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot list connections");
	return 0;
}

int connections_list(
	struct nl_sock *socket, uint32_t states, struct connection_list *list, struct err *err)
{
	if (list_family(socket, AF_INET, states, list, err) < 0)
		return -1;
	return list_family(socket, AF_INET6, states, list, err);
}

void connections_release(struct connection_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

int connections_destroy(
	struct nl_sock *socket, const struct connection *connection, struct err *err)
{
	const struct inet_diag_req_v2 question = {
		.sdiag_family = connection->socket_family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = UINT32_MAX,
		.id = connection->id,
	};
	cleanup_message struct nl_msg *request = request_new(SOCK_DESTROY, NLM_F_ACK, &question);

	if (request == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot destroy a connection");
	if (netlink_exchange(socket, request, NULL, NULL, err) != 0)
		return err_prefix(err, "cannot destroy a connection");
	return 0;
}

bool connections_can_destroy(struct nl_sock *socket)
{
	/* There is none from nowhere to nowhere, which a kernel that could destroy it says. */
	const struct connection nowhere = {.socket_family = AF_INET,
		.id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}};
	struct connection_list list = {0};
	struct err err = {0};
	bool can = list_family(socket, AF_INET, UINT32_C(1) << 1, &list, &err) == 0 &&
		   connections_destroy(socket, &nowhere, &err) < 0 && err.sys == ENOENT;

	connections_release(&list);
	return can;
}
