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
#include <string.h>

#include "faults/device.h"
#include "faults/netlink.h"

#define CLSACT_HANDLE TC_H_MAKE(TC_H_CLSACT, 0U)

/* A program and all that is around it. */
#define FILTER_MESSAGE_MAX (sizeof(struct aim_filter) + 1024)

struct examination {
	uint32_t interface_index;
	struct redirect_state state;
};

/* Where a direction's filters are; of an ingress qdisc, too, which has one place for filters,
 * whatever its name. */
static uint32_t hook_of(enum direction direction)
{
	return TC_H_MAKE(
		TC_H_CLSACT, direction == DIRECTION_INGRESS ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
}

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

/* One filter of those that the kernel lists. */
struct sight {
	const struct tcmsg *header;
	const char *kind;
	struct nlattr *cookie; /* of its first action; NULL: none */
};

/* The cookie of a filter's first action, or NULL. */
static struct nlattr *cookie_of(struct nlattr *actions)
{
	struct nlattr *list[2];
	struct nlattr *action[TCA_ACT_MAX + 1];

	if (actions == NULL || nla_parse_nested(list, 1, actions, NULL) < 0 || list[1] == NULL ||
		nla_parse_nested(action, TCA_ACT_MAX, list[1], NULL) < 0)
		return NULL;
	return action[TCA_ACT_COOKIE];
}

/* False for what is no filter, but was made for some: their priority, a hash table. */
static bool see_filter(const struct nlmsghdr *message, struct sight *ret_sight)
{
	struct nlattr *attributes[TCA_MAX + 1];
	struct nlattr *actions = NULL;
	bool u32;

	if (message->nlmsg_type != RTM_NEWTFILTER ||
		nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(struct tcmsg), attributes,
			TCA_MAX, NULL) < 0 ||
		attributes[TCA_KIND] == NULL)
		return false;
	ret_sight->header = nlmsg_data(message);
	ret_sight->kind = nla_get_string(attributes[TCA_KIND]);
	u32 = strcmp(ret_sight->kind, "u32") == 0;
	if (ret_sight->header->tcm_handle == 0 ||
		(u32 && TC_U32_NODE(ret_sight->header->tcm_handle) == 0))
		return false;
	if (attributes[TCA_OPTIONS] != NULL && u32)
		actions = nla_find(nla_data(attributes[TCA_OPTIONS]),
			nla_len(attributes[TCA_OPTIONS]), TCA_U32_ACT);
	else if (attributes[TCA_OPTIONS] != NULL && strcmp(ret_sight->kind, "bpf") == 0)
		actions = nla_find(nla_data(attributes[TCA_OPTIONS]),
			nla_len(attributes[TCA_OPTIONS]), TCA_BPF_ACT);
	ret_sight->cookie = cookie_of(actions);
	return true;
}

static uint32_t priority_of(const struct sight *sight)
{
	return TC_H_MAJ(sight->header->tcm_info) >> 16;
}

/* Is it the filter of any redirect of ours? */
static bool is_ours(const struct sight *sight)
{
	char cookie[REDIRECT_COOKIE_MAX + 1] = {0};

	if (sight->cookie == NULL || nla_len(sight->cookie) > REDIRECT_COOKIE_MAX)
		return false;
	memcpy(cookie, nla_data(sight->cookie), (size_t)nla_len(sight->cookie));
	return device_is_ours(cookie, TAP_PREFIX) || device_is_ours(cookie, IFB_PREFIX);
}

/* A netlink_handler; data is a struct redirect_hook. */
static void note_filter(const struct nlmsghdr *message, void *data)
{
	struct redirect_hook *hook = data;
	struct sight sight;

	if (!see_filter(message, &sight))
		return;
	hook->filters = true;
	if (is_ours(&sight) ||
		(hook->foreign_priority != 0 && hook->foreign_priority <= priority_of(&sight)))
		return;
	hook->foreign_priority = priority_of(&sight);
	hook->foreign_bpf = strcmp(sight.kind, "bpf") == 0 &&
			    TC_H_MIN(sight.header->tcm_info) == htons(ETH_P_ALL);
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

static int find_filters(struct nl_sock *socket, uint32_t interface_index, enum direction direction,
	netlink_handler *handler, void *data, struct err *err)
{
	cleanup_message struct nl_msg *filters = netlink_tc_request(
		RTM_GETTFILTER, NLM_F_DUMP, interface_index, hook_of(direction), 0, NULL);

	if (filters == NULL)
		return out_of_memory(err);
	return netlink_exchange(socket, filters, handler, data, err);
}

int redirect_examine(struct nl_sock *socket, uint32_t interface_index,
	struct redirect_state *ret_state, struct err *err)
{
	struct examination examination = {.interface_index = interface_index};
	struct redirect_hook *hooks = examination.state.hooks;
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
	if (examination.state.clsact && find_filters(socket, interface_index, DIRECTION_EGRESS,
						note_filter, &hooks[DIRECTION_EGRESS], err) < 0)
		return -1;
	if ((examination.state.clsact || examination.state.ingress) &&
		find_filters(socket, interface_index, DIRECTION_INGRESS, note_filter,
			&hooks[DIRECTION_INGRESS], err) < 0)
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

/* The action of the filter: give the packet to that device, and to nobody else. */
static int put_action(struct nl_msg *message, const struct redirect *redirect, int type)
{
	struct tc_mirred mirred = {
		.action = TC_ACT_STOLEN,
		.eaction = redirect->received ? TCA_INGRESS_REDIR : TCA_EGRESS_REDIR,
		.ifindex = redirect->device_index,
	};
	struct nlattr *actions = nla_nest_start(message, type);
	struct nlattr *first;
	struct nlattr *options;

	if (actions == NULL)
		return -1;
	first = nla_nest_start(message, 1);
	if (first == NULL || nla_put_string(message, TCA_ACT_KIND, "mirred") < 0 ||
		nla_put(message, TCA_ACT_COOKIE, (int)strlen(redirect->cookie), redirect->cookie) <
			0)
		return -1;
	options = nla_nest_start(message, TCA_ACT_OPTIONS);
	if (options == NULL || nla_put(message, TCA_MIRRED_PARMS, sizeof(mirred), &mirred) < 0)
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

static int put_program(struct nl_msg *message, const struct aim_filter *filter)
{
	if (nla_put_u16(message, TCA_BPF_OPS_LEN, filter->length) < 0)
		return -1;
	return nla_put(message, TCA_BPF_OPS, (int)(filter->length * sizeof(filter->code[0])),
		filter->code);
}

int redirect_add_filter(struct nl_sock *socket, const struct redirect *redirect, struct err *err)
{
	const bool bpf = redirect->filter != NULL;
	/* In one priority, several programs may stand side by side. */
	cleanup_message struct nl_msg *message = netlink_tc_request(RTM_NEWTFILTER,
		NLM_F_CREATE | NLM_F_EXCL, redirect->interface_index, hook_of(redirect->direction),
		0, bpf ? "bpf" : "u32");
	struct nlattr *options;
	int result;

	if (message == NULL || nlmsg_expand(message, FILTER_MESSAGE_MAX) < 0)
		return out_of_memory(err);
	((struct tcmsg *)nlmsg_data(nlmsg_hdr(message)))->tcm_info =
		TC_H_MAKE(redirect->priority << 16, htons(ETH_P_ALL));
	options = nla_nest_start(message, TCA_OPTIONS);
	if (options == NULL ||
		(bpf ? put_program(message, redirect->filter) : put_match_all(message)) < 0 ||
		put_action(message, redirect, bpf ? TCA_BPF_ACT : TCA_U32_ACT) < 0)
		return out_of_memory(err);
	nla_nest_end(message, options);
	result = netlink_exchange(socket, message, NULL, NULL, err);
	if (result < 0)
		err_prefix(err, "cannot add the redirect filter");
	return result;
}

/* Looks for the filter with the cookie. */
struct search {
	const char *cookie;
	bool found;
	bool u32;
	uint32_t handle;
	uint32_t info; /* priority and protocol */
};

/* A netlink_handler; data is a struct search. */
static void match_filter(const struct nlmsghdr *message, void *data)
{
	struct search *search = data;
	struct sight sight;

	if (!see_filter(message, &sight) || sight.cookie == NULL ||
		(size_t)nla_len(sight.cookie) != strlen(search->cookie) ||
		memcmp(nla_data(sight.cookie), search->cookie, strlen(search->cookie)) != 0)
		return;
	search->found = true;
	search->u32 = strcmp(sight.kind, "u32") == 0;
	search->handle = sight.header->tcm_handle;
	search->info = sight.header->tcm_info;
}

/* How many filters there are at the priority that was found. */
struct census {
	uint32_t info;
	unsigned int filters;
};

/* A netlink_handler; data is a struct census. */
static void count_filter(const struct nlmsghdr *message, void *data)
{
	struct census *census = data;
	struct sight sight;

	if (see_filter(message, &sight) && sight.header->tcm_info == census->info)
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

int redirect_remove_filter(struct nl_sock *socket, uint32_t interface_index,
	enum direction direction, const char *cookie, bool *ret_found, struct err *err)
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
	if (!state.hooks[direction].filters)
		return 0;
	if (find_filters(socket, interface_index, direction, match_filter, &search, err) < 0)
		return -1;
	if (!search.found)
		return 0;
	*ret_found = true;
	census.info = search.info;
	if (find_filters(socket, interface_index, direction, count_filter, &census, err) < 0)
		return -1;
	/* The last one goes with its whole priority, or its empty hash table would stay behind. */
	message = netlink_tc_request(RTM_DELTFILTER, 0, interface_index, hook_of(direction),
		census.filters <= 1 ? 0 : search.handle, search.u32 ? "u32" : "bpf");
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
	if (!state.clsact || state.hooks[DIRECTION_EGRESS].filters ||
		state.hooks[DIRECTION_INGRESS].filters)
		return 0;
	return removed(netlink_exchange(socket, message, NULL, NULL, &reason), &reason,
		"clsact qdisc", err);
}
