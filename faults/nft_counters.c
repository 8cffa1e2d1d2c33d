/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what the rules of a table have counted. */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "faults/netlink.h"
#include "faults/nft.h"

struct reading {
	const char *table;
	struct nft_counters counters;
};

static uint64_t number(const struct nlattr *attribute)
{
	uint64_t value = 0;

	if (attribute != NULL && nla_len(attribute) >= (int)sizeof(value))
		memcpy(&value, nla_data(attribute), sizeof(value));
	return be64toh(value);
}

static void read_expression(struct nlattr *element, struct nft_counters *counters)
{
	struct nlattr *expression[NFTA_EXPR_MAX + 1];
	struct nlattr *counter[NFTA_COUNTER_MAX + 1];

	if (nla_parse_nested(expression, NFTA_EXPR_MAX, element, NULL) < 0 ||
		expression[NFTA_EXPR_NAME] == NULL || expression[NFTA_EXPR_DATA] == NULL ||
		nla_strcmp(expression[NFTA_EXPR_NAME], "counter") != 0 ||
		nla_parse_nested(counter, NFTA_COUNTER_MAX, expression[NFTA_EXPR_DATA], NULL) < 0)
		return;
	counters->found = true;
	counters->packets += number(counter[NFTA_COUNTER_PACKETS]);
	counters->bytes += number(counter[NFTA_COUNTER_BYTES]);
}

/* A netlink_handler; data is a struct reading. */
static void read_rule(const struct nlmsghdr *message, void *data)
{
	struct reading *reading = data;
	struct nlattr *rule[NFTA_RULE_MAX + 1];
	struct nlattr *element;
	int left;

	if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE) ||
		nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(struct nfgenmsg), rule,
			NFTA_RULE_MAX, NULL) < 0 ||
		rule[NFTA_RULE_TABLE] == NULL || rule[NFTA_RULE_EXPRESSIONS] == NULL ||
		nla_strcmp(rule[NFTA_RULE_TABLE], reading->table) != 0)
		return;
	left = nla_len(rule[NFTA_RULE_EXPRESSIONS]);
	for (element = nla_data(rule[NFTA_RULE_EXPRESSIONS]); nla_ok(element, left);
		element = nla_next(element, &left))
		read_expression(element, &reading->counters);
}

int nft_count_all(struct nl_sock *socket, const char *table, struct nft_counters *ret_counters,
	struct err *err)
{
	struct nfgenmsg header = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};
	struct reading reading = {.table = table};
	cleanup_message struct nl_msg *request = nlmsg_alloc_simple(
		NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_REQUEST | NLM_F_DUMP);

	if (request == NULL || nlmsg_append(request, &header, sizeof(header), NLMSG_ALIGNTO) < 0 ||
		nla_put_string(request, NFTA_RULE_TABLE, table) < 0)
		return err_set(err, ERR_SYSTEM, ENOMEM, "packet filter");
	if (netlink_exchange(socket, request, read_rule, &reading, err) < 0)
		return err_prefix(err, "table %s", table);
	*ret_counters = reading.counters;
	return 0;
}
