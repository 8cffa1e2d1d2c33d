/* SPDX-License-Identifier: Apache-2.0 */
/* A TAP device as netlink sees it, by its name alone: with or without a relay. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <string.h>

#include "faults/netlink.h"
#include "faults/qdisc.h"
#include "faults/tap.h"

struct link {
	uint32_t index;
	bool tap;
	uint64_t tx_dropped;
};

/* A netlink_handler; data is a struct link. */
static void see_link(const struct nlmsghdr *message, void *data)
{
	struct link *link = data;
	const struct ifinfomsg *header = nlmsg_data(message);
	struct nlattr *attributes[IFLA_MAX + 1];
	struct nlattr *information[IFLA_INFO_MAX + 1];

	if (message->nlmsg_type != RTM_NEWLINK ||
		nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(*header), attributes,
			IFLA_MAX, NULL) < 0)
		return;
	link->index = (uint32_t)header->ifi_index;
	if (attributes[IFLA_LINKINFO] != NULL &&
		nla_parse_nested(information, IFLA_INFO_MAX, attributes[IFLA_LINKINFO], NULL) ==
			0 &&
		information[IFLA_INFO_KIND] != NULL)
		link->tap = strcmp(nla_get_string(information[IFLA_INFO_KIND]), "tun") == 0;
	if (attributes[IFLA_STATS64] != NULL) {
		struct rtnl_link_stats64 statistics = {0};

		nla_memcpy(&statistics, attributes[IFLA_STATS64], sizeof(statistics));
		link->tx_dropped = statistics.tx_dropped;
	}
}

static int ask(struct nl_sock *socket, int type, const char *name, uint32_t index,
	netlink_handler *handler, void *data, struct err *err)
{
	cleanup_message struct nl_msg *request =
		nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK);
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index};

	if (request == NULL || nlmsg_append(request, &header, sizeof(header), NLMSG_ALIGNTO) < 0 ||
		(name != NULL && nla_put_string(request, IFLA_IFNAME, name) < 0))
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot build a netlink message");
	return netlink_exchange(socket, request, handler, data, err);
}

bool tap_is_ours(const char *name)
{
	const char *digits = name + strlen(TAP_PREFIX);

	return strncmp(name, TAP_PREFIX, strlen(TAP_PREFIX)) == 0 && strlen(digits) == 8 &&
	       strspn(digits, "0123456789abcdef") == 8;
}

uint64_t tap_overruns(struct nl_sock *socket, const char *name)
{
	struct link link = {0};
	struct qdisc qdisc;
	struct err ignored;

	if (ask(socket, RTM_GETLINK, name, 0, see_link, &link, &ignored) < 0)
		return 0;
	/* Where a full device makes its queueing discipline wait, that is who drops. */
	if (qdisc_get_root(socket, link.index, &qdisc, &ignored) < 0)
		return link.tx_dropped;
	return link.tx_dropped + qdisc.drops;
}

int tap_remove(struct nl_sock *socket, const char *name, struct err *err)
{
	struct link link = {0};
	struct err reason = {0};

	if (name[0] == '\0')
		return 0;
	if (ask(socket, RTM_GETLINK, name, 0, see_link, &link, &reason) == 0) {
		if (!link.tap)
			return 0;
		if (ask(socket, RTM_DELLINK, NULL, link.index, NULL, NULL, &reason) == 0)
			return 0;
	}
	if (reason.sys == ENODEV)
		return 0;
	*err = reason;
	return err_prefix(err, "cannot remove the TAP device %s", name);
}
