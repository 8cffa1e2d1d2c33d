/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "faults/netlink.h"

struct sight {
	char name[IFNAMSIZ];
	uint64_t identity;
	bool port;
};

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash(uint64_t value, const void *data, size_t length)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		value = (value ^ bytes[i]) * UINT64_C(0x100000001b3);
	return value;
}

/* A netlink_handler; data is a struct sight. */
static void see_link(const struct nlmsghdr *message, void *data)
{
	struct sight *sight = data;
	struct nlattr *attributes[IFLA_MAX + 1];
	uint64_t identity = UINT64_C(0xcbf29ce484222325);

	if (message->nlmsg_type != RTM_NEWLINK ||
		nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(struct ifinfomsg),
			attributes, IFLA_MAX, NULL) < 0)
		return;
	if (attributes[IFLA_IFNAME] != NULL)
		nla_strlcpy(sight->name, attributes[IFLA_IFNAME], sizeof(sight->name));
	sight->port = attributes[IFLA_MASTER] != NULL;
	if (attributes[IFLA_ADDRESS] != NULL)
		identity = hash(identity, nla_data(attributes[IFLA_ADDRESS]),
			(size_t)nla_len(attributes[IFLA_ADDRESS]));
	if (attributes[IFLA_LINK] != NULL)
		identity = hash(identity, nla_data(attributes[IFLA_LINK]),
			(size_t)nla_len(attributes[IFLA_LINK]));
	sight->identity = identity != 0 ? identity : 1;
}

/* ENODEV in sys when there is none of that index. */
static int look(struct nl_sock *socket, const struct operation *operation, struct sight *ret_sight,
	struct err *err)
{
	cleanup_message struct nl_msg *message =
		nlmsg_alloc_simple(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK);
	struct ifinfomsg link = {
		.ifi_family = AF_UNSPEC, .ifi_index = (int)operation->interface_index};

	if (message == NULL || nlmsg_append(message, &link, sizeof(link), NLMSG_ALIGNTO) < 0)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot build a netlink message");
	return netlink_exchange(socket, message, see_link, ret_sight, err);
}

int link_prepare(struct nl_sock *socket, struct operation *operation, struct err *err)
{
	struct sight sight = {0};
	struct err reason = {0};

	if (look(socket, operation, &sight, &reason) < 0 && reason.sys != ENODEV) {
		*err = reason;
		return err_prefix(err, "interface %s", operation->interface);
	}
	if (strcmp(sight.name, operation->interface) != 0)
		return err_set(err, ERR_UNAVAILABLE, ENODEV, "interface %s is gone from %s",
			operation->interface, operation->netns_path);
	operation->link_identity = sight.identity;
	return 0;
}

int link_is_same(
	struct nl_sock *socket, const struct operation *operation, bool *ret_same, struct err *err)
{
	struct sight sight = {0};
	struct err reason = {0};

	if (look(socket, operation, &sight, &reason) < 0 && reason.sys != ENODEV) {
		*err = reason;
		return err_prefix(err, "interface %s", operation->interface);
	}
	/* A journal of an earlier version does not have the identity. */
	*ret_same = operation->link_identity != 0 ? sight.identity == operation->link_identity
						  : strcmp(sight.name, operation->interface) == 0;
	return 0;
}

int link_is_port(
	struct nl_sock *socket, const struct operation *operation, bool *ret_port, struct err *err)
{
	struct sight sight = {0};

	if (look(socket, operation, &sight, err) < 0)
		return err_prefix(err, "interface %s", operation->interface);
	*ret_port = sight.port;
	return 0;
}

int link_put_back(struct nl_sock *socket, const struct operation *operation, struct err *err)
{
	struct ifinfomsg link = {.ifi_index = (int)operation->interface_index};
	cleanup_message struct nl_msg *message = NULL;
	struct err reason = {0};

	if (!operation->queue_length_zero)
		return 0;
	message = nlmsg_alloc_simple(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK);
	if (message == NULL || nlmsg_append(message, &link, sizeof(link), NLMSG_ALIGNTO) < 0 ||
		nla_put_u32(message, IFLA_TXQLEN, 0) < 0)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot build a netlink message");
	if (netlink_exchange(socket, message, NULL, NULL, &reason) == 0 || reason.sys == ENODEV)
		return 0;
	if (err != NULL)
		*err = reason;
	return err_prefix(err, "the transmit queue length of interface %s", operation->interface);
}
