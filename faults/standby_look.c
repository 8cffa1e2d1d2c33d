/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The standby's look at one process or network namespace. It sends what it sees as it sees it, and
 * keeps nothing: a socket that stayed open would keep the namespace alive.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/nsfs.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "faults/netlink.h"
#include "faults/netns.h"
#include "faults/proc.h"
#include "faults/qdisc.h"
#include "faults/redirect.h"
#include "faults/standby_wire.h"
#include "faults/wire.h"
#include "reports/mem.h"

/* NSFS_MAGIC of linux/magic.h: what a namespace file is on. */
#define NAMESPACE_FILE_SYSTEM 0x6e736673

static void say(int socket, const struct standby_reply *reply)
{
	(void)wire_send(socket, reply, sizeof(*reply), 0);
}

/* Interfaces of a namespace whose filters are looked at. */
#define HOOKED_MAX 256

/* A netlink_handler; data is the socket. */
static void see_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *link = nlmsg_data(message);
	struct nlmsghdr *writable = (struct nlmsghdr *)(uintptr_t)message;
	struct nlattr *name = nlmsg_find_attr(writable, sizeof(*link), IFLA_IFNAME);
	struct nlattr *mtu = nlmsg_find_attr(writable, sizeof(*link), IFLA_MTU);
	struct nlattr *queue = nlmsg_find_attr(writable, sizeof(*link), IFLA_TXQLEN);
	struct nlattr *segments = nlmsg_find_attr(writable, sizeof(*link), IFLA_GSO_MAX_SEGS);
	struct standby_reply reply;
	struct interface *interface = &reply.interface;

	if (message->nlmsg_type != RTM_NEWLINK || name == NULL)
		return;
	memset(&reply, 0, sizeof(reply));
	reply.answer = STANDBY_INTERFACE;
	snprintf(interface->name, sizeof(interface->name), "%s", nla_get_string(name));
	interface->index = (unsigned int)link->ifi_index;
	interface->loopback = (link->ifi_flags & IFF_LOOPBACK) != 0;
	interface->up = (link->ifi_flags & IFF_UP) != 0;
	interface->mtu = mtu != NULL ? nla_get_u32(mtu) : 0;
	interface->super_packets = segments == NULL || nla_get_u32(segments) > 1;
	interface->queue_length_zero = queue != NULL && nla_get_u32(queue) == 0;
	say(*(const int *)data, &reply);
}

/* A netlink_handler; data is the socket. */
static void see_address(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *address = nlmsg_data(message);
	struct nlmsghdr *writable = (struct nlmsghdr *)(uintptr_t)message;
	/* On a point-to-point link, IFA_ADDRESS is the other end. */
	struct nlattr *own = nlmsg_find_attr(writable, sizeof(*address), IFA_LOCAL);
	struct standby_reply reply;
	char text[INET6_ADDRSTRLEN];

	if (own == NULL)
		own = nlmsg_find_attr(writable, sizeof(*address), IFA_ADDRESS);
	if (message->nlmsg_type != RTM_NEWADDR || own == NULL ||
		nla_len(own) < (address->ifa_family == AF_INET ? 4 : 16) ||
		inet_ntop(address->ifa_family, nla_data(own), text, sizeof(text)) == NULL)
		return;
	memset(&reply, 0, sizeof(reply));
	reply.answer = STANDBY_ADDRESS;
	reply.interface_index = address->ifa_index;
	snprintf(reply.address, sizeof(reply.address), "%s/%u", text, address->ifa_prefixlen);
	say(*(const int *)data, &reply);
}

/* What a look at queueing disciplines goes through. */
struct qdisc_look {
	int socket;
	uint32_t hooked[HOOKED_MAX]; /* interfaces with a place for filters */
	size_t hooked_count;
};

static void say_filters(int socket, uint32_t interface_index, bool egress, bool ingress)
{
	struct standby_reply reply;

	if (!egress && !ingress)
		return;
	memset(&reply, 0, sizeof(reply));
	reply.answer = STANDBY_FILTERS;
	reply.interface_index = interface_index;
	reply.filtered[DIRECTION_EGRESS] = egress;
	reply.filtered[DIRECTION_INGRESS] = ingress;
	say(socket, &reply);
}

static void note_hooked(struct qdisc_look *look, uint32_t interface_index)
{
	if (look->hooked_count < HOOKED_MAX)
		look->hooked[look->hooked_count++] = interface_index;
	else
		/* More than are looked at: there may be some. */
		say_filters(look->socket, interface_index, true, true);
}

/* A netlink_handler. One of perturb's, left over, is for prepare to refuse. */
static void see_qdisc(const struct nlmsghdr *message, void *data)
{
	const struct tcmsg *qdisc = nlmsg_data(message);
	struct qdisc_look *look = data;
	struct standby_reply reply;

	if (message->nlmsg_type != RTM_NEWQDISC)
		return;
	if (qdisc->tcm_parent == TC_H_CLSACT)
		note_hooked(look, (uint32_t)qdisc->tcm_ifindex);
	if (qdisc->tcm_parent != TC_H_ROOT || qdisc->tcm_handle == 0 ||
		qdisc->tcm_handle == QDISC_HANDLE)
		return;
	memset(&reply, 0, sizeof(reply));
	reply.answer = STANDBY_ROOT;
	reply.interface_index = (unsigned int)qdisc->tcm_ifindex;
	say(look->socket, &reply);
}

static int dump(
	struct nl_sock *netlink, int type, netlink_handler *handler, int socket, struct err *err)
{
	cleanup_message struct nl_msg *message =
		nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_DUMP);
	struct ifinfomsg every = {.ifi_family = AF_UNSPEC};

	if (message == NULL || nlmsg_append(message, &every, sizeof(every), NLMSG_ALIGNTO) < 0)
		return err_set(err, ERR_SYSTEM, 0, "cannot build a netlink message");
	return netlink_exchange(netlink, message, handler, &socket, err);
}

static int dump_qdiscs(struct nl_sock *netlink, int socket, struct err *err)
{
	cleanup_message struct nl_msg *message =
		netlink_tc_request(RTM_GETQDISC, NLM_F_DUMP, 0, 0, 0, NULL);
	struct qdisc_look look = {.socket = socket};

	if (message == NULL)
		return err_set(err, ERR_SYSTEM, 0, "cannot build a netlink message");
	if (netlink_exchange(netlink, message, see_qdisc, &look, err) < 0)
		return -1;
	for (size_t i = 0; i < look.hooked_count; i++) {
		struct redirect_state state;

		if (redirect_examine(netlink, look.hooked[i], &state, err) < 0)
			return -1;
		say_filters(socket, look.hooked[i],
			state.hooks[DIRECTION_EGRESS].foreign_priority != 0,
			state.hooks[DIRECTION_INGRESS].foreign_priority != 0);
	}
	return 0;
}

static int show_interfaces(
	int socket, const char *path, const struct standby_reply *identity, struct err *err)
{
	struct netns_cache *cache;
	struct nl_sock *netlink;
	int result = -1;

	if (netns_cache_new(&cache, err) < 0)
		return -1;
	if (netns_socket(cache, path, identity->netns_device, identity->netns_inode, &netlink,
		    err) == 0 &&
		dump(netlink, RTM_GETLINK, see_link, socket, err) == 0 &&
		dump(netlink, RTM_GETADDR, see_address, socket, err) == 0)
		result = dump_qdiscs(netlink, socket, err);
	netns_cache_free(cache);
	return result;
}

static int identify_process(pid_t pid, struct standby_reply *reply, struct err *err)
{
	if (proc_start_time(pid, &reply->start_time, err) < 0 ||
		proc_netns(pid, &reply->netns_device, &reply->netns_inode, err) < 0)
		return -1;
	reply->is_perturb = proc_is_perturb(pid);
	return 0;
}

/* Namespaces of every type are on that file system; the kernel can tell them apart from 4.11 on
 * (ioctl_ns(2)). */
static bool is_network_namespace(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	int type = fd < 0 ? -1 : ioctl(fd, NS_GET_NSTYPE);

	return type < 0 || type == CLONE_NEWNET;
}

static int identify_path(const char *path, struct standby_reply *reply, struct err *err)
{
	struct statfs system;
	struct stat status;

	if (stat(path, &status) < 0 || statfs(path, &system) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "no network namespace %s", path);
	if ((unsigned long)system.f_type != NAMESPACE_FILE_SYSTEM || !is_network_namespace(path))
		return err_set(err, ERR_UNAVAILABLE, 0,
			"%s is not a network namespace; \"ip netns add\" makes one in /run/netns, "
			"and /proc/PID/ns/net is a process's",
			path);
	reply->netns_device = status.st_dev;
	reply->netns_inode = status.st_ino;
	return 0;
}

void standby_look(int socket, const struct standby_request *request)
{
	struct standby_reply reply;
	char path[INSTANCE_PATH_MAX];
	int result;

	memset(&reply, 0, sizeof(reply));
	reply.answer = STANDBY_DONE;
	if (request->pid != 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)request->pid);
		result = identify_process(request->pid, &reply, &reply.err);
	} else {
		snprintf(path, sizeof(path), "%s", request->path);
		result = identify_path(path, &reply, &reply.err);
	}
	if (result == 0 && show_interfaces(socket, path, &reply, &reply.err) < 0 &&
		request->tolerant)
		memset(&reply.err, 0, sizeof(reply.err));
	say(socket, &reply);
}
