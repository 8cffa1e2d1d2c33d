/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state [--netns PATH] [--process PID] [--file PATH]… - prints whatever a fault could have changed,
 * in a form that can be compared as text, within milliseconds.
 *
 *     --netns PATH    links, addresses, routes, queueing disciplines and filters of the namespace,
 *                     as the kernel dumps them, without counters and times
 *     --process PID   its name and whether it is running, stopped or gone
 *     --file PATH     the contents of a file
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where filters can hang. */
struct place {
	int interface;
	uint32_t parent;
};

struct places {
	struct place items[1024];
	size_t count;
};

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "state: %s: %s\n", what, why);
	exit(1);
}

static void print_hex(const char *name, struct nlattr *attribute)
{
	const unsigned char *bytes;

	if (attribute == NULL)
		return;
	bytes = nla_data(attribute);
	printf(" %s=", name);
	for (int i = 0; i < nla_len(attribute); i++)
		printf("%02x", bytes[i]);
}

static void print_text(const char *name, struct nlattr *attribute)
{
	if (attribute != NULL)
		printf(" %s=%s", name, nla_get_string(attribute));
}

static void print_number(const char *name, struct nlattr *attribute)
{
	if (attribute != NULL)
		printf(" %s=%" PRIu32, name, nla_get_u32(attribute));
}

static void print_link(struct nlmsghdr *message)
{
	const struct ifinfomsg *header = nlmsg_data(message);
	struct nlattr *attributes[IFLA_MAX + 1];
	struct nlattr *information[IFLA_INFO_MAX + 1] = {0};

	if (nlmsg_parse(message, sizeof(*header), attributes, IFLA_MAX, NULL) < 0)
		fail("link", "cannot understand it");
	if (attributes[IFLA_LINKINFO] != NULL &&
		nla_parse_nested(information, IFLA_INFO_MAX, attributes[IFLA_LINKINFO], NULL) < 0)
		fail("link", "cannot understand it");
	printf("link %d type=%u flags=%x", header->ifi_index, header->ifi_type, header->ifi_flags);
	print_text("name", attributes[IFLA_IFNAME]);
	print_text("kind", information[IFLA_INFO_KIND]);
	print_text("qdisc", attributes[IFLA_QDISC]);
	print_text("alias", attributes[IFLA_IFALIAS]);
	print_number("mtu", attributes[IFLA_MTU]);
	print_number("qlen", attributes[IFLA_TXQLEN]);
	print_number("group", attributes[IFLA_GROUP]);
	print_number("master", attributes[IFLA_MASTER]);
	print_number("promiscuity", attributes[IFLA_PROMISCUITY]);
	print_number("queues", attributes[IFLA_NUM_TX_QUEUES]);
	print_number("gso", attributes[IFLA_GSO_MAX_SIZE]);
	print_hex("address", attributes[IFLA_ADDRESS]);
	putchar('\n');
}

static void print_address(struct nlmsghdr *message)
{
	const struct ifaddrmsg *header = nlmsg_data(message);
	struct nlattr *attributes[IFA_MAX + 1];

	if (nlmsg_parse(message, sizeof(*header), attributes, IFA_MAX, NULL) < 0)
		fail("address", "cannot understand it");
	printf("address %u family=%u prefix=%u scope=%u", header->ifa_index, header->ifa_family,
		header->ifa_prefixlen, header->ifa_scope);
	print_number("flags", attributes[IFA_FLAGS]);
	print_hex("address", attributes[IFA_ADDRESS]);
	print_hex("local", attributes[IFA_LOCAL]);
	print_text("label", attributes[IFA_LABEL]);
	putchar('\n');
}

static void print_route(struct nlmsghdr *message)
{
	const struct rtmsg *header = nlmsg_data(message);
	struct nlattr *attributes[RTA_MAX + 1];

	if (nlmsg_parse(message, sizeof(*header), attributes, RTA_MAX, NULL) < 0)
		fail("route", "cannot understand it");
	/* What the kernel remembers of answers is no configuration. */
	if ((header->rtm_flags & RTM_F_CLONED) != 0)
		return;
	printf("route family=%u type=%u scope=%u protocol=%u to=/%u flags=%x", header->rtm_family,
		header->rtm_type, header->rtm_scope, header->rtm_protocol, header->rtm_dst_len,
		header->rtm_flags);
	print_number("table", attributes[RTA_TABLE]);
	print_hex("to", attributes[RTA_DST]);
	print_hex("gateway", attributes[RTA_GATEWAY]);
	print_hex("source", attributes[RTA_PREFSRC]);
	print_number("interface", attributes[RTA_OIF]);
	print_number("priority", attributes[RTA_PRIORITY]);
	putchar('\n');
}

static void remember(struct places *places, int interface, uint32_t parent)
{
	if (places->count == sizeof(places->items) / sizeof(places->items[0]))
		fail("queueing disciplines", "too many");
	places->items[places->count++] = (struct place){interface, parent};
}

static void print_qdisc(struct nlmsghdr *message, struct places *places)
{
	const struct tcmsg *header = nlmsg_data(message);
	struct nlattr *attributes[TCA_MAX + 1];

	if (nlmsg_parse(message, sizeof(*header), attributes, TCA_MAX, NULL) < 0)
		fail("queueing discipline", "cannot understand it");
	printf("qdisc %d handle=%x parent=%x", header->tcm_ifindex, header->tcm_handle,
		header->tcm_parent);
	print_text("kind", attributes[TCA_KIND]);
	print_hex("options", attributes[TCA_OPTIONS]);
	putchar('\n');
	if (header->tcm_parent == TC_H_CLSACT) {
		remember(places, header->tcm_ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
		remember(places, header->tcm_ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
	} else if (header->tcm_handle != 0) {
		remember(places, header->tcm_ifindex, header->tcm_handle);
	}
}

/* Of u32 all that decides; of other kinds, whose options may hold counters, that they are there. */
static void print_filter(struct nlmsghdr *message)
{
	const struct tcmsg *header = nlmsg_data(message);
	struct nlattr *attributes[TCA_MAX + 1];
	struct nlattr *options[TCA_U32_MAX + 1];

	if (nlmsg_parse(message, sizeof(*header), attributes, TCA_MAX, NULL) < 0)
		fail("filter", "cannot understand it");
	printf("filter %d handle=%x parent=%x info=%x", header->tcm_ifindex, header->tcm_handle,
		header->tcm_parent, header->tcm_info);
	print_text("kind", attributes[TCA_KIND]);
	print_number("chain", attributes[TCA_CHAIN]);
	if (attributes[TCA_KIND] != NULL && attributes[TCA_OPTIONS] != NULL &&
		strcmp(nla_get_string(attributes[TCA_KIND]), "u32") == 0 &&
		nla_parse_nested(options, TCA_U32_MAX, attributes[TCA_OPTIONS], NULL) == 0) {
		print_hex("selector", options[TCA_U32_SEL]);
		print_number("class", options[TCA_U32_CLASSID]);
		print_number("divisor", options[TCA_U32_DIVISOR]);
		if (options[TCA_U32_ACT] != NULL)
			printf(" actions");
	}
	putchar('\n');
}

/* Called by libnl for every message of a dump. */
static int print_message(struct nl_msg *received, void *data)
{
	struct nlmsghdr *message = nlmsg_hdr(received);

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
		print_link(message);
		break;
	case RTM_NEWADDR:
		print_address(message);
		break;
	case RTM_NEWROUTE:
		print_route(message);
		break;
	case RTM_NEWQDISC:
		print_qdisc(message, data);
		break;
	case RTM_NEWTFILTER:
		print_filter(message);
		break;
	default:
		break;
	}
	return NL_OK;
}

static void dump(struct nl_sock *socket, int type, void *header, size_t size)
{
	int error = nl_send_simple(socket, type, NLM_F_DUMP, header, size);

	if (error >= 0)
		error = nl_recvmsgs_default(socket);
	if (error < 0)
		fail("netlink", nl_geterror(error));
}

static void print_netns(const char *path)
{
	static const int requests[] = {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETQDISC};
	struct places *places = calloc(1, sizeof(*places));
	struct nl_sock *socket = nl_socket_alloc();
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (places == NULL || socket == NULL)
		fail(path, strerror(ENOMEM));
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		fail(path, strerror(errno));
	close(fd);
	if (nl_connect(socket, NETLINK_ROUTE) < 0 ||
		nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, print_message, places) < 0)
		fail(path, "no netlink socket");
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		/* Larger than each of their headers, and zero means all. */
		struct tcmsg all = {.tcm_family = AF_UNSPEC};
		size_t size = requests[i] == RTM_GETADDR    ? sizeof(struct ifaddrmsg)
			      : requests[i] == RTM_GETROUTE ? sizeof(struct rtmsg)
			      : requests[i] == RTM_GETLINK  ? sizeof(struct ifinfomsg)
							    : sizeof(struct tcmsg);

		dump(socket, requests[i], &all, size);
	}
	for (size_t i = 0; i < places->count; i++) {
		struct tcmsg place = {.tcm_family = AF_UNSPEC,
			.tcm_ifindex = places->items[i].interface,
			.tcm_parent = places->items[i].parent};

		dump(socket, RTM_GETTFILTER, &place, sizeof(place));
	}
	nl_socket_free(socket);
	free(places);
}

static void print_process(const char *pid)
{
	char path[64];
	char name[64];
	char state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "re");
	if (file == NULL || fscanf(file, "%*d (%63[^)]) %c", name, &state) != 2)
		printf("process %s gone\n", pid);
	else
		printf("process %s %s %s\n", pid, name,
			state == 'T'		       ? "stopped"
			: state == 'Z' || state == 'X' ? "ended"
						       : "running");
	if (file != NULL)
		fclose(file);
}

static void print_file(const char *path)
{
	FILE *file = fopen(path, "re");
	int c;

	if (file == NULL)
		fail(path, strerror(errno));
	printf("file %s\n", path);
	while ((c = getc(file)) != EOF)
		putchar(c);
	fclose(file);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 < argc && strcmp(argv[i], "--netns") == 0)
			print_netns(argv[i + 1]);
		else if (i + 1 < argc && strcmp(argv[i], "--process") == 0)
			print_process(argv[i + 1]);
		else if (i + 1 < argc && strcmp(argv[i], "--file") == 0)
			print_file(argv[i + 1]);
		else
			fail(argv[i], "usage: state [--netns PATH] [--process PID] [--file PATH]…");
	}
	return fclose(stdout) == 0 ? 0 : 1;
}
