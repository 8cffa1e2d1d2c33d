/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/netem_seed.h"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "faults/netem_options.h"
#include "faults/netlink.h"

static bool add_netem(struct nl_sock *socket, uint32_t interface_index)
{
	const struct operation_context context = {0};
	const struct operation operation = {.id = 1, .impairment = {.limit = 1}};
	struct err ignored;
	cleanup_message struct nl_msg *request = netlink_tc_request(RTM_NEWQDISC,
		NLM_F_CREATE | NLM_F_EXCL, interface_index, TC_H_ROOT, QDISC_HANDLE, "netem");

	return request != NULL && netem_write_options(request, &context, &operation) == 0 &&
	       netlink_exchange(socket, request, NULL, NULL, &ignored) == 0;
}

_Static_assert(sizeof(struct tc_netem_qopt) % 4 == 0, "attributes are aligned to 4 bytes");

/* A netlink_handler; data is a bool. The options are a structure, and attributes behind it. */
static void look_for_seed(const struct nlmsghdr *message, void *data)
{
	struct nlattr *attributes[TCA_MAX + 1];
	const int behind = (int)sizeof(struct tc_netem_qopt);
	struct nlattr *options;

	if (nlmsg_parse((struct nlmsghdr *)message, sizeof(struct tcmsg), attributes, TCA_MAX,
		    NULL) < 0 ||
		attributes[TCA_OPTIONS] == NULL)
		return;
	options = attributes[TCA_OPTIONS];
	if (nla_len(options) <= behind)
		return;
	*(bool *)data = nla_find((struct nlattr *)((char *)nla_data(options) + behind),
				nla_len(options) - behind, NETEM_PRNG_SEED) != NULL;
}

bool netem_seed_is_known(struct nl_sock *socket, uint32_t interface_index)
{
	cleanup_message struct nl_msg *request =
		netlink_tc_request(RTM_GETQDISC, NLM_F_ECHO, interface_index, TC_H_ROOT, 0, NULL);
	struct err ignored;
	bool known = false;

	return request != NULL && add_netem(socket, interface_index) &&
	       netlink_exchange(socket, request, look_for_seed, &known, &ignored) == 0 && known;
}
