/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aims against the kernel. Frames go through a veth pair; at one of its ends, a cls_bpf filter
 * redirects those that an aim means into a second pair, at whose other end they are counted, by the
 * numbers that they have as their source address.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults/aim_filter.h"
#include "faults/netlink.h"
#include "tests/unit/aim_sample.h"

#define AIMS	       4000
#define PACKETS_AN_AIM 24

static struct nl_sock *netlink;
static int sender;   /* on near, the first end */
static int receiver; /* where the redirected ones end */
static struct err err;

static void run(const char *command)
{
	ck_assert_msg(system(command) == 0, "%s", command);
}

static int packet_socket(const char *name, int protocol)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
		.sll_protocol = htons((uint16_t)protocol),
		.sll_ifindex = (int)if_nametoindex(name)};
	const int buffer = 8 * 1024 * 1024;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)), 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void setup(void)
{
	ck_assert_msg(unshare(CLONE_NEWNET) == 0, "these tests need root");
	run("for file in all default; do"
	    " echo 1 >/proc/sys/net/ipv6/conf/$file/disable_ipv6; done;"
	    " ip link add near type veth peer name far &&"
	    " ip link add aside type veth peer name end &&"
	    " for name in near far aside end; do ip link set $name arp off up || exit; done;"
	    " tc qdisc add dev near clsact && tc qdisc add dev far clsact");
	netlink = nl_socket_alloc();
	ck_assert_int_eq(nl_connect(netlink, NETLINK_ROUTE), 0);
	sender = packet_socket("near", 0);
	receiver = packet_socket("end", ETH_P_ALL);
}

static void teardown(void)
{
	nl_socket_free(netlink);
	close(sender);
	close(receiver);
}

/* --- the filter --- */

static void put_redirect(struct nl_msg *message)
{
	struct tc_mirred redirect = {.action = TC_ACT_STOLEN,
		.eaction = TCA_EGRESS_REDIR,
		.ifindex = if_nametoindex("aside")};
	struct nlattr *actions = nla_nest_start(message, TCA_BPF_ACT);
	struct nlattr *first = nla_nest_start(message, 1);
	struct nlattr *options;

	nla_put_string(message, TCA_ACT_KIND, "mirred");
	options = nla_nest_start(message, TCA_ACT_OPTIONS);
	nla_put(message, TCA_MIRRED_PARMS, sizeof(redirect), &redirect);
	nla_nest_end(message, options);
	nla_nest_end(message, first);
	nla_nest_end(message, actions);
}

static uint32_t hook_of(enum direction direction)
{
	return direction == DIRECTION_EGRESS ? TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)
					     : TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
}

static uint32_t device_of(enum direction direction)
{
	return if_nametoindex(direction == DIRECTION_EGRESS ? "near" : "far");
}

static struct nl_msg *request(int type, int flags, enum direction direction)
{
	struct nl_msg *message =
		netlink_tc_request(type, flags, device_of(direction), hook_of(direction), 1, "bpf");

	((struct tcmsg *)nlmsg_data(nlmsg_hdr(message)))->tcm_info =
		TC_H_MAKE(1U << 16, htons(ETH_P_ALL));
	return message;
}

/* Puts the filter there, or in place of the one that is there. */
static void install(const struct aim_filter *filter, enum direction direction)
{
	cleanup_message struct nl_msg *message = request(RTM_NEWTFILTER, NLM_F_CREATE, direction);
	struct nlattr *options;

	ck_assert_int_eq(nlmsg_expand(message, sizeof(filter->code) + 1024), 0);
	options = nla_nest_start(message, TCA_OPTIONS);
	nla_put_u16(message, TCA_BPF_OPS_LEN, filter->length);
	ck_assert_int_eq(nla_put(message, TCA_BPF_OPS,
				 (int)(filter->length * sizeof(struct sock_filter)), filter->code),
		0);
	put_redirect(message);
	nla_nest_end(message, options);
	ck_assert_msg(netlink_exchange(netlink, message, NULL, NULL, &err) == 0, "%s", err.message);
}

static void aim_at(const struct aim *aim, enum direction direction)
{
	static struct aim_filter filter;

	ck_assert_msg(aim_filter_make(aim, direction, UINT32_MAX, 0, &filter, &err) == 0, "%s",
		err.message);
	install(&filter, direction);
}

/* --- the frames --- */

/* False when the kernel does not take it at all. */
static bool send_frame(unsigned char *frame, size_t length, uint32_t number)
{
	memcpy(frame, "\x02\0\0\0\0\x01\x02", 8);
	memcpy(frame + 8, &number, sizeof(number));
	return send(sender, frame, length, 0) == (ssize_t)length;
}

/* Marks those that were redirected, by their numbers. Frames pass a veth pair while they are sent,
 * or soon after: a last one, which is meant by every aim, comes after all others. */
static void collect(bool *redirected, uint32_t count)
{
	struct pollfd waited = {.fd = receiver, .events = POLLIN};
	unsigned char frame[2048];
	uint32_t number;

	while (poll(&waited, 1, 10000) == 1) {
		ck_assert_int_ge(recv(receiver, frame, sizeof(frame), 0), 12);
		memcpy(&number, frame + 8, sizeof(number));
		if (number == UINT32_MAX)
			return;
		ck_assert_uint_lt(number, count);
		ck_assert(!redirected[number]);
		redirected[number] = true;
	}
	ck_abort_msg("the last frame did not come");
}

/* Sends the last one, and takes the filter away. */
static void finish_frames(enum direction direction)
{
	static const struct aim everything;
	cleanup_message struct nl_msg *message = request(RTM_DELTFILTER, 0, direction);
	unsigned char last[64] = {0};

	aim_at(&everything, direction);
	ck_assert(send_frame(last, sizeof(last), UINT32_MAX));
	ck_assert_msg(netlink_exchange(netlink, message, NULL, NULL, &err) == 0, "%s", err.message);
}

static void describe(const struct aim *aim, enum direction direction, const struct sample *sample)
{
	fprintf(stderr, "aim: ");
	aim_describe(aim, direction, stderr);
	fprintf(stderr, "\nframe:");
	for (size_t i = 12; i < sample->length; i++)
		fprintf(stderr, " %02x", sample->frame[i]);
	fprintf(stderr, "\n");
}

static void compare(uint64_t *dice, enum direction direction, unsigned int *meant)
{
	static struct sample samples[PACKETS_AN_AIM];
	bool redirected[PACKETS_AN_AIM] = {false};
	struct aim aim;

	some_aim(dice, &aim);
	aim_at(&aim, direction);
	for (uint32_t i = 0; i < PACKETS_AN_AIM; i++) {
		some_packet(dice, &samples[i]);
		ck_assert(send_frame(samples[i].frame, samples[i].length, i));
	}
	finish_frames(direction);
	collect(redirected, PACKETS_AN_AIM);
	for (uint32_t i = 0; i < PACKETS_AN_AIM; i++) {
		bool wanted = is_meant(&samples[i], &aim, direction);

		*meant += wanted;
		if (wanted != redirected[i])
			describe(&aim, direction, &samples[i]);
		ck_assert_int_eq(redirected[i], wanted);
	}
}

static void compare_many(enum direction direction)
{
	uint64_t dice = 0x9e3779b97f4a7c15ULL + direction;
	unsigned int meant = 0;

	for (int i = 0; i < AIMS; i++)
		compare(&dice, direction, &meant);
	/* The two must meet, and miss, often. */
	ck_assert_uint_gt(meant, AIMS * PACKETS_AN_AIM / 20);
	ck_assert_uint_lt(meant, AIMS * PACKETS_AN_AIM / 2);
}

START_TEST(what_leaves_is_hit_as_the_aim_says)
{
	compare_many(DIRECTION_EGRESS);
}
END_TEST

START_TEST(what_arrives_is_hit_as_the_aim_says)
{
	compare_many(DIRECTION_INGRESS);
}
END_TEST

/* The end of a packet may hide why it would be meant, or why not: what is cut is never meant unless
 * the whole of it would be. */
START_TEST(what_is_cut_off_is_not_meant)
{
	static struct sample samples[PACKETS_AN_AIM];
	uint64_t dice = 0x2545f4914f6cdd1dULL;
	unsigned int meant = 0;

	for (int i = 0; i < AIMS / 4; i++) {
		const enum direction direction =
			one_in(&dice, 2) ? DIRECTION_EGRESS : DIRECTION_INGRESS;
		bool redirected[PACKETS_AN_AIM] = {false};
		struct aim aim;

		some_aim(&dice, &aim);
		aim_at(&aim, direction);
		for (uint32_t j = 0; j < PACKETS_AN_AIM; j++) {
			struct sample *sample = &samples[j];
			const size_t cut = ETH_HLEN + roll(&dice, 100);

			some_packet(&dice, sample);
			if (cut < sample->length)
				sample->length = cut;
			/* the kernel refuses some that are too short for their VLAN tags */
			(void)send_frame(sample->frame, sample->length, j);
		}
		finish_frames(direction);
		collect(redirected, PACKETS_AN_AIM);
		for (uint32_t j = 0; j < PACKETS_AN_AIM; j++) {
			bool possible = is_meant(&samples[j], &aim, direction) &&
					(samples[j].length > ETH_HLEN || aim_is_everything(&aim));

			if (redirected[j] && !possible)
				describe(&aim, direction, &samples[j]);
			ck_assert(!redirected[j] || possible);
			meant += redirected[j];
		}
	}
	ck_assert_uint_gt(meant, 100);
}
END_TEST

/* No bytes whatever harm, and what is not IP is never meant by an aim at something. */
START_TEST(any_bytes_are_looked_at)
{
	static const uint16_t types[] = {0x0800, 0x0800, 0x86dd, 0x86dd, 0x8100, 0x88a8, 0x0806};
	uint64_t dice = 0x9e3779b97f4a7c15ULL;
	static unsigned char frame[SAMPLE_FRAME_MAX];

	for (int i = 0; i < AIMS / 4; i++) {
		const enum direction direction =
			one_in(&dice, 2) ? DIRECTION_EGRESS : DIRECTION_INGRESS;
		bool redirected[PACKETS_AN_AIM] = {false};
		bool is_other[PACKETS_AN_AIM];
		struct aim aim;

		some_aim(&dice, &aim);
		aim_at(&aim, direction);
		for (uint32_t j = 0; j < PACKETS_AN_AIM; j++) {
			uint16_t type = types[roll(&dice, ARRAY_SIZE(types))];
			size_t length = ETH_HLEN + roll(&dice, 200);

			for (size_t at = ETH_HLEN; at < length; at++)
				frame[at] = (unsigned char)roll(&dice, 256);
			/* mostly a right version, or nothing behind would be looked at */
			if (!one_in(&dice, 4))
				frame[ETH_HLEN] =
					(unsigned char)(type == 0x86dd ? 0x60
								       : 0x40 | roll(&dice, 16));
			frame[12] = (unsigned char)(type >> 8);
			frame[13] = (unsigned char)type;
			is_other[j] = type == 0x0806;
			(void)send_frame(frame, length, j);
		}
		finish_frames(direction);
		collect(redirected, PACKETS_AN_AIM);
		for (uint32_t j = 0; j < PACKETS_AN_AIM; j++)
			ck_assert(!redirected[j] || !is_other[j] || aim_is_everything(&aim));
	}
}
END_TEST

/* As much as an aim can hold: the kernel takes it, and the last network counts. */
START_TEST(the_largest_aim_fits)
{
	static struct aim aim;
	static struct sample sample;
	bool redirected[2] = {false};
	uint64_t dice = 1;

	memset(&aim, 0, sizeof(aim));
	aim.peer_count = AIM_NETWORKS_MAX;
	for (size_t i = 0; i < AIM_NETWORKS_MAX; i++)
		aim.peers[i] = (struct aim_network){
			.address = {0x20, 0x01, 0x0d, 0xb8, [10] = 1, [14] = (uint8_t)i, [15] = 2},
			.prefix = 127,
			.family = AF_INET6};
	aim.peer_port_count = AIM_PORTS_MAX;
	aim.local_port_count = AIM_PORTS_MAX;
	for (uint16_t i = 0; i < AIM_PORTS_MAX; i++) {
		aim.peer_ports[i] =
			(struct aim_ports){(uint16_t)(100 * i + 1), (uint16_t)(100 * i + 2)};
		aim.local_ports[i] = aim.peer_ports[i];
	}
	aim.exception_count = AIM_EXCEPTIONS_MAX;
	for (size_t i = 0; i < AIM_EXCEPTIONS_MAX; i++)
		aim.exceptions[i] = (struct aim_exception){
			.peer = {.address = {[14] = (uint8_t)i}, .prefix = 127, .family = AF_INET6},
			.peer_ports = {1, 2},
			.local_ports = {1, 2},
			.protocol = IPPROTO_TCP};
	aim.family = AF_INET6;
	aim.protocol = IPPROTO_TCP;
	aim.has_dscp = true;
	aim.dscp = 46;
	aim_at(&aim, DIRECTION_EGRESS);
	for (uint32_t i = 0; i < 2; i++) {
		do {
			some_packet(&dice, &sample);
		} while (sample.family != AF_INET6 || sample.protocol != IPPROTO_TCP ||
			 sample.dscp != 46 || sample.later || sample.malformed ||
			 sample.tags != 0 || sample.frame[ETH_HLEN + 6] != IPPROTO_TCP);
		memcpy(sample.frame + ETH_HLEN + 24, aim.peers[AIM_NETWORKS_MAX - 1].address, 16);
		/* one of the network, one beside it */
		sample.frame[ETH_HLEN + 39] = (unsigned char)(3 + i);
		memcpy(sample.frame + ETH_HLEN + 40, "\x05\xdd\x05\xde", 4);
		ck_assert(send_frame(sample.frame, sample.length, i));
	}
	finish_frames(DIRECTION_EGRESS);
	collect(redirected, 2);
	ck_assert(redirected[0]);
	ck_assert(!redirected[1]);
}
END_TEST

START_TEST(an_impossible_aim_is_refused)
{
	static struct aim_filter filter;
	struct aim aim = {.peer_count = AIM_NETWORKS_MAX + 1};

	ck_assert_int_eq(aim_filter_make(&aim, DIRECTION_EGRESS, 1, 0, &filter, &err), -1);
	aim = (struct aim){.peer_count = 1, .peers = {{.family = AF_INET, .prefix = 33}}};
	ck_assert_int_eq(aim_filter_make(&aim, DIRECTION_EGRESS, 1, 0, &filter, &err), -1);
	aim = (struct aim){.peer_port_count = 1, .peer_ports = {{.first = 2, .last = 1}}};
	ck_assert_int_eq(aim_filter_make(&aim, DIRECTION_EGRESS, 1, 0, &filter, &err), -1);
	aim = (struct aim){.has_dscp = true, .dscp = 64};
	ck_assert_int_eq(aim_filter_make(&aim, DIRECTION_EGRESS, 1, 0, &filter, &err), -1);
}
END_TEST

static Suite *aim_filter_suite(void)
{
	Suite *suite = suite_create("aim_filter");
	TCase *kernel = tcase_create("kernel");

	tcase_add_checked_fixture(kernel, setup, teardown);
	tcase_set_timeout(kernel, 120);
	tcase_add_test(kernel, what_leaves_is_hit_as_the_aim_says);
	tcase_add_test(kernel, what_arrives_is_hit_as_the_aim_says);
	tcase_add_test(kernel, what_is_cut_off_is_not_meant);
	tcase_add_test(kernel, any_bytes_are_looked_at);
	tcase_add_test(kernel, the_largest_aim_fits);
	tcase_add_test(kernel, an_impossible_aim_is_refused);
	suite_add_tcase(suite, kernel);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(aim_filter_suite());
	int failures;

	srunner_run_all(runner, CK_NORMAL);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
