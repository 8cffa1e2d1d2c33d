/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/redirect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "faults/aim_filter.h"
#include "faults/netlink.h"

#define CLSACT_HANDLE TC_H_MAKE(TC_H_CLSACT, 0U)
#define EGRESS	      TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)
#define INGRESS	      TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)

/* A program and all that is around it. */
#define FILTER_MESSAGE_MAX (sizeof(struct aim_filter) + 1024)

struct examination {
	uint32_t interface_index;
	struct redirect_state state;
};

static void see_qdisc(const struct nlmsghdr *message, void *data)
{
	struct examination *examination = data;
	const struct tcmsg *tc = nlmsg_data(message);
	struct nlattr *kind;

	if (message->nlmsg_type != RTM_NEWQDISC ||
		(uint32_t)tc->tcm_ifindex != examination->interface_index ||
		tc->tcm_parent != TC_H_CLSACT)
		return;
	kind = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)message, sizeof(*tc), TCA_KIND);
	if (kind != NULL && strcmp(nla_get_string(kind), "clsact") == 0)
		examination->state.clsact = true;
	else
		examination->state.ingress = true;
}

static void see_filter(const struct nlmsghdr *message, void *data)
{
	bool *seen = data;

	if (message->nlmsg_type == RTM_NEWTFILTER)
		*seen = true;
}

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_SYSTEM, ENOMEM, "cannot build a netlink message");
}

/* Is there no such thing (any more), or not even the interface? */
static bool is_gone(const struct err *reason)
{
	return reason->sys == ENOENT || reason->sys == ENODEV;
}

static int find_filters(struct nl_sock *socket, uint32_t interface_index, uint32_t parent,
	netlink_handler *handler, void *data, struct err *err)
{
	cleanup_message struct nl_msg *filters =
		netlink_tc_request(RTM_GETTFILTER, NLM_F_DUMP, interface_index, parent, 0, NULL);

	if (filters == NULL)
		return out_of_memory(err);
	return netlink_exchange(socket, filters, handler, data, err);
}

int redirect_examine(struct nl_sock *socket, uint32_t interface_index,
	struct redirect_state *ret_state, struct err *err)
{
	struct examination examination = {.interface_index = interface_index};
	/* Not from a list of all: while interfaces come and go, one may be missing there.
	 * NLM_F_ECHO as in qdisc_get_root. */
	cleanup_message struct nl_msg *qdisc =
		netlink_tc_request(RTM_GETQDISC, NLM_F_ECHO, interface_index, TC_H_CLSACT, 0, NULL);
	struct err reason = {0};

	if (qdisc == NULL)
		return out_of_memory(err);
	if (netlink_exchange(socket, qdisc, see_qdisc, &examination, &reason) < 0 &&
		!is_gone(&reason)) {
		*err = reason;
		return err_prefix(err, "cannot look for a clsact qdisc");
	}
	if (examination.state.clsact &&
		(find_filters(socket, interface_index, EGRESS, see_filter,
			 &examination.state.egress_filters, err) < 0 ||
			find_filters(socket, interface_index, INGRESS, see_filter,
				&examination.state.ingress_filters, err) < 0))
		return -1;
	*ret_state = examination.state;
	return 0;
}

int redirect_add_clsact(struct nl_sock *socket, uint32_t interface_index, struct err *err)
{
	cleanup_message struct nl_msg *message = netlink_tc_request(RTM_NEWQDISC,
		NLM_F_CREATE | NLM_F_EXCL, interface_index, TC_H_CLSACT, CLSACT_HANDLE, "clsact");
	int result;

	if (message == NULL)
		return out_of_memory(err);
	result = netlink_exchange(socket, message, NULL, NULL, err);
	if (result < 0)
		err_prefix(err, "cannot add a clsact qdisc");
	return result;
}

/* The action of the filter: give the packet to the TAP, and to nobody else. */
static int put_redirect(
	struct nl_msg *message, int attribute, uint32_t tap_index, const char *cookie)
{
	struct tc_mirred redirect = {
		.action = TC_ACT_STOLEN,
		.eaction = TCA_EGRESS_REDIR,
		.ifindex = tap_index,
	};
	struct nlattr *actions = nla_nest_start(message, attribute);
	struct nlattr *first;
	struct nlattr *options;

	if (actions == NULL)
		return -1;
	first = nla_nest_start(message, 1);
	if (first == NULL || nla_put_string(message, TCA_ACT_KIND, "mirred") < 0 ||
		nla_put(message, TCA_ACT_COOKIE, (int)strlen(cookie), cookie) < 0)
		return -1;
	options = nla_nest_start(message, TCA_ACT_OPTIONS);
	if (options == NULL || nla_put(message, TCA_MIRRED_PARMS, sizeof(redirect), &redirect) < 0)
		return -1;
	nla_nest_end(message, options);
	nla_nest_end(message, first);
	nla_nest_end(message, actions);
	return 0;
}

/* A u32 selector with one key whose mask is zero: it matches everything. */
static int put_match_all(struct nl_msg *message)
{
	struct tc_u32_sel selector = {.flags = TC_U32_TERMINAL, .nkeys = 1};
	unsigned char match[sizeof(selector) + sizeof(struct tc_u32_key)] = {0};

	memcpy(match, &selector, sizeof(selector));
	return nla_put(message, TCA_U32_SEL, sizeof(match), match);
}

/* A program that matches what the aim means. */
static int put_program(struct nl_msg *message, const struct aim *aim, struct err *err)
{
	static const uint32_t default_class = UINT32_MAX;
	struct aim_filter *filter = malloc(sizeof(*filter));
	int result;

	if (filter == NULL)
		return out_of_memory(err);
	result = aim_filter_make(aim, DIRECTION_EGRESS, default_class, 0, filter, err);
	if (result == 0 &&
		(nla_put_u16(message, TCA_BPF_OPS_LEN, filter->length) < 0 ||
			nla_put(message, TCA_BPF_OPS, (int)(filter->length * sizeof(*filter->code)),
				filter->code) < 0))
		result = out_of_memory(err);
	free(filter);
	return result;
}

int redirect_add_filter(struct nl_sock *socket, uint32_t interface_index, uint32_t priority,
	uint32_t tap_index, const char *cookie, const struct aim *aim, struct err *err)
{
	const bool everything = aim_is_everything(aim);
	cleanup_message struct nl_msg *message = netlink_tc_request(RTM_NEWTFILTER,
		NLM_F_CREATE | NLM_F_EXCL, interface_index, EGRESS, 0, everything ? "u32" : "bpf");
	struct nlattr *options;

	if (message == NULL || nlmsg_expand(message, FILTER_MESSAGE_MAX) < 0)
		return out_of_memory(err);
	((struct tcmsg *)nlmsg_data(nlmsg_hdr(message)))->tcm_info =
		TC_H_MAKE(priority << 16, htons(ETH_P_ALL));
	options = nla_nest_start(message, TCA_OPTIONS);
	if (options == NULL || (everything && put_match_all(message) < 0))
		return out_of_memory(err);
	if (!everything && put_program(message, aim, err) < 0)
		return -1;
	if (put_redirect(message, everything ? TCA_U32_ACT : TCA_BPF_ACT, tap_index, cookie) < 0)
		return out_of_memory(err);
	nla_nest_end(message, options);
	if (netlink_exchange(socket, message, NULL, NULL, err) < 0)
		return err_prefix(err, "cannot add the redirect filter");
	return 0;
}

/* Looks for the filter with the cookie. */
struct search {
	const char *cookie;
	bool found;
	bool bpf;
	uint32_t handle;
	uint32_t info; /* priority and protocol */
};

/* The cookie of a filter's first action, or NULL. */
static const struct nlattr *cookie_of(struct nlattr *options, int attribute)
{
	struct nlattr *attributes[TCA_U32_MAX + 1];
	struct nlattr *actions[2];
	struct nlattr *action[TCA_ACT_MAX + 1];

	if (nla_parse_nested(attributes, TCA_U32_MAX, options, NULL) < 0 ||
		attributes[attribute] == NULL ||
		nla_parse_nested(actions, 1, attributes[attribute], NULL) < 0 ||
		actions[1] == NULL || nla_parse_nested(action, TCA_ACT_MAX, actions[1], NULL) < 0)
		return NULL;
	return action[TCA_ACT_COOKIE];
}

/* A netlink_handler; data is a struct search. */
static void match_filter(const struct nlmsghdr *message, void *data)
{
	struct search *search = data;
	const struct tcmsg *header = nlmsg_data(message);
	struct nlattr *attributes[TCA_MAX + 1];
	const struct nlattr *cookie;
	bool bpf;

	if (message->nlmsg_type != RTM_NEWTFILTER ||
		nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(*header), attributes,
			TCA_MAX, NULL) < 0 ||
		attributes[TCA_KIND] == NULL || attributes[TCA_OPTIONS] == NULL)
		return;
	bpf = strcmp(nla_get_string(attributes[TCA_KIND]), "bpf") == 0;
	if (!bpf && strcmp(nla_get_string(attributes[TCA_KIND]), "u32") != 0)
		return;
	cookie = cookie_of(attributes[TCA_OPTIONS], bpf ? TCA_BPF_ACT : TCA_U32_ACT);
	if (cookie == NULL || (size_t)nla_len(cookie) != strlen(search->cookie) ||
		memcmp(nla_data(cookie), search->cookie, strlen(search->cookie)) != 0)
		return;
	search->found = true;
	search->bpf = bpf;
	search->handle = header->tcm_handle;
	search->info = header->tcm_info;
}

/* How many filters there are at the priority that was found, hash tables not counted. */
struct census {
	uint32_t info;
	bool bpf;
	unsigned int filters;
};

/* A netlink_handler; data is a struct census. */
static void count_filter(const struct nlmsghdr *message, void *data)
{
	struct census *census = data;
	const struct tcmsg *header = nlmsg_data(message);

	if (message->nlmsg_type == RTM_NEWTFILTER && header->tcm_info == census->info &&
		(census->bpf ? header->tcm_handle : TC_U32_NODE(header->tcm_handle)) != 0)
		census->filters++;
}

/* What is gone already, with its interface or without, is removed. */
static int removed(int result, const struct err *reason, const char *what, struct err *err)
{
	if (result == 0 || is_gone(reason))
		return 0;
	*err = *reason;
	return err_prefix(err, "cannot remove the %s", what);
}

int redirect_remove_filter(struct nl_sock *socket, uint32_t interface_index, const char *cookie,
	bool *ret_found, struct err *err)
{
	struct search search = {.cookie = cookie};
	struct census census = {0};
	struct redirect_state state;
	cleanup_message struct nl_msg *message = NULL;
	struct err reason = {0};

	*ret_found = false;
	/* Without the qdisc, the kernel would refuse to list its filters. */
	if (redirect_examine(socket, interface_index, &state, err) < 0)
		return -1;
	if (!state.egress_filters)
		return 0;
	if (find_filters(socket, interface_index, EGRESS, match_filter, &search, err) < 0)
		return -1;
	if (!search.found)
		return 0;
	*ret_found = true;
	census.info = search.info;
	census.bpf = search.bpf;
	if (find_filters(socket, interface_index, EGRESS, count_filter, &census, err) < 0)
		return -1;
	/* The last one goes with its whole priority, or its empty hash table would stay behind. */
	message = netlink_tc_request(RTM_DELTFILTER, 0, interface_index, EGRESS,
		census.filters <= 1 ? 0 : search.handle, search.bpf ? "bpf" : "u32");
	if (message == NULL)
		return out_of_memory(err);
	((struct tcmsg *)nlmsg_data(nlmsg_hdr(message)))->tcm_info = search.info;
	return removed(netlink_exchange(socket, message, NULL, NULL, &reason), &reason,
		"redirect filter", err);
}

int redirect_remove_clsact(struct nl_sock *socket, uint32_t interface_index, struct err *err)
{
	struct redirect_state state;
	cleanup_message struct nl_msg *message = netlink_tc_request(
		RTM_DELQDISC, 0, interface_index, TC_H_CLSACT, CLSACT_HANDLE, NULL);
	struct err reason = {0};

	if (message == NULL)
		return out_of_memory(err);
	if (redirect_examine(socket, interface_index, &state, err) < 0)
		return -1;
	if (!state.clsact || state.egress_filters || state.ingress_filters)
		return 0;
	return removed(netlink_exchange(socket, message, NULL, NULL, &reason), &reason,
		"clsact qdisc", err);
}
