/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/targets/interfaces.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "faults/netlink.h"
#include "reports/mem.h"

static void see_link(const struct nlmsghdr *message, void *data)
{
	struct instance *instance = data;
	const struct ifinfomsg *link = nlmsg_data(message);
	struct nlmsghdr *writable = (struct nlmsghdr *)(uintptr_t)message;
	struct nlattr *name = nlmsg_find_attr(writable, sizeof(*link), IFLA_IFNAME);
	struct nlattr *mtu = nlmsg_find_attr(writable, sizeof(*link), IFLA_MTU);
	struct nlattr *queue = nlmsg_find_attr(writable, sizeof(*link), IFLA_TXQLEN);
	struct interface *interface;

	if (message->nlmsg_type != RTM_NEWLINK || name == NULL)
		return;
	instance->interfaces = xgrow(
		instance->interfaces, instance->interface_count, sizeof(*instance->interfaces));
	interface = &instance->interfaces[instance->interface_count++];
	snprintf(interface->name, sizeof(interface->name), "%s", nla_get_string(name));
	interface->index = (unsigned int)link->ifi_index;
	interface->loopback = (link->ifi_flags & IFF_LOOPBACK) != 0;
	interface->up = (link->ifi_flags & IFF_UP) != 0;
	interface->mtu = mtu != NULL ? nla_get_u32(mtu) : 0;
	interface->queue_length_zero = queue != NULL && nla_get_u32(queue) == 0;
}

static void see_address(const struct nlmsghdr *message, void *data)
{
	struct instance *instance = data;
	const struct ifaddrmsg *address = nlmsg_data(message);
	struct nlmsghdr *writable = (struct nlmsghdr *)(uintptr_t)message;
	/* On a point-to-point link, IFA_ADDRESS is the other end. */
	struct nlattr *own = nlmsg_find_attr(writable, sizeof(*address), IFA_LOCAL);
	char text[INET6_ADDRSTRLEN];

	if (own == NULL)
		own = nlmsg_find_attr(writable, sizeof(*address), IFA_ADDRESS);
	if (message->nlmsg_type != RTM_NEWADDR || own == NULL ||
		nla_len(own) < (address->ifa_family == AF_INET ? 4 : 16) ||
		inet_ntop(address->ifa_family, nla_data(own), text, sizeof(text)) == NULL)
		return;
	for (size_t i = 0; i < instance->interface_count; i++) {
		struct interface *interface = &instance->interfaces[i];

		if (interface->index != address->ifa_index)
			continue;
		interface->addresses = xgrow(interface->addresses, interface->address_count,
			sizeof(*interface->addresses));
		interface->addresses[interface->address_count++] =
			xasprintf("%s/%u", text, address->ifa_prefixlen);
	}
}

static int dump(struct nl_sock *socket, int type, netlink_handler *handler,
	struct instance *instance, struct err *err)
{
	cleanup_message struct nl_msg *message =
		nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_DUMP);
	struct ifinfomsg every = {.ifi_family = AF_UNSPEC};

	if (message == NULL || nlmsg_append(message, &every, sizeof(every), NLMSG_ALIGNTO) < 0)
		return err_set(err, ERR_SYSTEM, 0, "cannot build a netlink message");
	return netlink_exchange(socket, message, handler, instance, err);
}

int interfaces_read(struct netns_cache *cache, struct instance *instance, struct err *err)
{
	struct nl_sock *socket;

	if (netns_socket(cache, instance->netns_path, instance->netns_device, instance->netns_inode,
		    &socket, err) < 0 ||
		dump(socket, RTM_GETLINK, see_link, instance, err) < 0)
		return -1;
	return dump(socket, RTM_GETADDR, see_address, instance, err);
}
