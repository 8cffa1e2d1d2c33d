/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/device.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "faults/netlink.h"

/* Below the least of IPv6 (RFC 8200): so the device has none, and sends nothing of its own, such as
 * neighbour discovery, which would be counted. Packets that are redirected to it may be longer. */
#define IFB_MTU 1279

bool device_is_ours(const char *name, const char *prefix)
{
	const char *digits = name + strlen(prefix);

	return strncmp(name, prefix, strlen(prefix)) == 0 && strlen(digits) == 8 &&
	       strspn(digits, "0123456789abcdef") == 8;
}

int device_choose_name(const char *prefix, char *name, struct err *err)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return err_set(err, ERR_SYSTEM, errno, "cannot choose a name for a device");
	snprintf(name, IFNAMSIZ, "%s%08x", prefix, random);
	return 0;
}

/* A netlink_handler; data is a struct device. */
static void see_link(const struct nlmsghdr *message, void *data)
{
	struct device *device = data;
	const struct ifinfomsg *header = nlmsg_data(message);
	struct nlattr *attributes[IFLA_MAX + 1];
	struct nlattr *information[IFLA_INFO_MAX + 1];

	if (message->nlmsg_type != RTM_NEWLINK ||
		nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(*header), attributes,
			IFLA_MAX, NULL) < 0)
		return;
	device->index = (uint32_t)header->ifi_index;
	if (attributes[IFLA_LINKINFO] != NULL &&
		nla_parse_nested(information, IFLA_INFO_MAX, attributes[IFLA_LINKINFO], NULL) ==
			0 &&
		information[IFLA_INFO_KIND] != NULL)
		nla_strlcpy(device->kind, information[IFLA_INFO_KIND], sizeof(device->kind));
	if (attributes[IFLA_STATS64] != NULL) {
		struct rtnl_link_stats64 statistics = {0};

		nla_memcpy(&statistics, attributes[IFLA_STATS64], sizeof(statistics));
		device->tx_dropped = statistics.tx_dropped;
	}
}

static int no_memory(struct err *err)
{
	return err_set(err, ERR_SYSTEM, ENOMEM, "cannot build a netlink message");
}

static int ask(struct nl_sock *socket, int type, const char *name, uint32_t index,
	netlink_handler *handler, void *data, struct err *err)
{
	cleanup_message struct nl_msg *request =
		nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK);
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index};

	if (request == NULL || nlmsg_append(request, &header, sizeof(header), NLMSG_ALIGNTO) < 0 ||
		(name != NULL && nla_put_string(request, IFLA_IFNAME, name) < 0))
		return no_memory(err);
	return netlink_exchange(socket, request, handler, data, err);
}

int device_find(
	struct nl_sock *socket, const char *name, struct device *ret_device, struct err *err)
{
	memset(ret_device, 0, sizeof(*ret_device));
	return ask(socket, RTM_GETLINK, name, 0, see_link, ret_device, err);
}

int device_add_ifb(struct nl_sock *socket, const char *name, uint32_t *ret_index, struct err *err)
{
	cleanup_message struct nl_msg *request = nlmsg_alloc_simple(
		RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg header = {
		.ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct device device;
	struct nlattr *information;

	if (request == NULL || nlmsg_append(request, &header, sizeof(header), NLMSG_ALIGNTO) < 0 ||
		nla_put_string(request, IFLA_IFNAME, name) < 0 ||
		nla_put_u32(request, IFLA_MTU, IFB_MTU) < 0)
		return no_memory(err);
	information = nla_nest_start(request, IFLA_LINKINFO);
	if (information == NULL || nla_put_string(request, IFLA_INFO_KIND, "ifb") < 0)
		return no_memory(err);
	nla_nest_end(request, information);
	if (netlink_exchange(socket, request, NULL, NULL, err) < 0 ||
		device_find(socket, name, &device, err) < 0)
		return err_prefix(err, "cannot make the ifb device %s", name);
	*ret_index = device.index;
	return 0;
}

int device_remove(struct nl_sock *socket, const char *name, const char *kind, struct err *err)
{
	struct device device;
	struct err reason = {0};

	if (name[0] == '\0')
		return 0;
	if (device_find(socket, name, &device, &reason) == 0) {
		if (strcmp(device.kind, kind) != 0)
			return 0;
		if (ask(socket, RTM_DELLINK, NULL, device.index, NULL, NULL, &reason) == 0)
			return 0;
	}
	if (reason.sys == ENODEV)
		return 0;
	*err = reason;
	return err_prefix(err, "cannot remove the device %s", name);
}
