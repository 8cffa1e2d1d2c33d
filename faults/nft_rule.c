/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/nft_rule.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "faults/nft_message.h"

/* lo is the first interface of every network namespace. */
#define LOOPBACK_INDEX 1U

#define DESTINATION_PORT_AT 2

struct expression {
	struct nlattr *element;
	struct nlattr *data;
};

static struct nl_msg *message_of(struct nft_batch *batch)
{
	return batch->messages[batch->count - 1];
}

static struct expression expression_begin(struct nft_batch *batch, const char *name)
{
	struct expression expression = {NULL, NULL};

	if (batch->failed || batch->expressions == NULL)
		return expression;
	expression.element = nla_nest_start(message_of(batch), NFTA_LIST_ELEM);
	if (expression.element != NULL &&
		nla_put_string(message_of(batch), NFTA_EXPR_NAME, name) == 0)
		expression.data = nla_nest_start(message_of(batch), NFTA_EXPR_DATA);
	if (expression.data == NULL)
		batch->failed = true;
	return expression;
}

static void expression_end(struct nft_batch *batch, const struct expression *expression)
{
	if (batch->failed || expression->data == NULL)
		return;
	nla_nest_end(message_of(batch), expression->data);
	nla_nest_end(message_of(batch), expression->element);
}

static void put_number(struct nft_batch *batch, int attribute, uint32_t value)
{
	nft_put_u32(batch, attribute, value);
}

static void put_byte(struct nft_batch *batch, int attribute, uint8_t value)
{
	if (!batch->failed && nla_put_u8(message_of(batch), attribute, value) < 0)
		batch->failed = true;
}

static void compare_register(
	struct nft_batch *batch, enum nft_cmp_ops compare, const void *value, size_t size)
{
	struct expression expression = expression_begin(batch, "cmp");

	put_number(batch, NFTA_CMP_SREG, NFT_REG_1);
	put_number(batch, NFTA_CMP_OP, compare);
	nft_put_value(batch, NFTA_CMP_DATA, value, size);
	expression_end(batch, &expression);
}

static void load_part(struct nft_batch *batch, const struct nft_part *part)
{
	struct expression expression = expression_begin(batch, "payload");

	put_number(batch, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_number(batch, NFTA_PAYLOAD_BASE, part->base);
	put_number(batch, NFTA_PAYLOAD_OFFSET, part->offset);
	put_number(batch, NFTA_PAYLOAD_LEN, part->length);
	expression_end(batch, &expression);
}

static void mask_register(struct nft_batch *batch, const void *mask, size_t size)
{
	static const uint8_t none[16];
	struct expression expression = expression_begin(batch, "bitwise");

	put_number(batch, NFTA_BITWISE_SREG, NFT_REG_1);
	put_number(batch, NFTA_BITWISE_DREG, NFT_REG_1);
	put_number(batch, NFTA_BITWISE_LEN, (uint32_t)size);
	nft_put_value(batch, NFTA_BITWISE_MASK, mask, size);
	nft_put_value(batch, NFTA_BITWISE_XOR, none, size);
	expression_end(batch, &expression);
}

static void load_meta(struct nft_batch *batch, enum nft_meta_keys key)
{
	struct expression expression = expression_begin(batch, "meta");

	put_number(batch, NFTA_META_DREG, NFT_REG_1);
	put_number(batch, NFTA_META_KEY, key);
	expression_end(batch, &expression);
}

static void look_up_register(struct nft_batch *batch, const char *set)
{
	struct expression expression = expression_begin(batch, "lookup");

	nft_put_text(batch, NFTA_LOOKUP_SET, set);
	put_number(batch, NFTA_LOOKUP_SREG, NFT_REG_1);
	expression_end(batch, &expression);
}

void nft_match_meta(struct nft_batch *batch, enum nft_meta_keys key, enum nft_cmp_ops compare,
	const void *value, size_t size)
{
	load_meta(batch, key);
	compare_register(batch, compare, value, size);
}

void nft_match_part(struct nft_batch *batch, const struct nft_part *part, const void *mask,
	enum nft_cmp_ops compare, const void *value)
{
	load_part(batch, part);
	if (mask != NULL)
		mask_register(batch, mask, part->length);
	compare_register(batch, compare, value, part->length);
}

void nft_match_meta_set(struct nft_batch *batch, enum nft_meta_keys key, const char *set)
{
	load_meta(batch, key);
	look_up_register(batch, set);
}

void nft_match_set(struct nft_batch *batch, const struct nft_part *part, const char *set)
{
	load_part(batch, part);
	look_up_register(batch, set);
}

void nft_match_family(struct nft_batch *batch, uint8_t family)
{
	nft_match_meta(batch, NFT_META_NFPROTO, NFT_CMP_EQ, &family, sizeof(family));
}

void nft_match_protocol(struct nft_batch *batch, uint8_t protocol)
{
	nft_match_meta(batch, NFT_META_L4PROTO, NFT_CMP_EQ, &protocol, sizeof(protocol));
}

void nft_match_not_loopback(struct nft_batch *batch, bool oif)
{
	const uint32_t index = LOOPBACK_INDEX;

	nft_match_meta(
		batch, oif ? NFT_META_OIF : NFT_META_IIF, NFT_CMP_NEQ, &index, sizeof(index));
}

void nft_match_interface(struct nft_batch *batch, bool oif, const char *name)
{
	char padded[IFNAMSIZ] = "";

	memcpy(padded, name, strnlen(name, sizeof(padded) - 1));
	nft_match_meta(batch, oif ? NFT_META_OIFNAME : NFT_META_IIFNAME, NFT_CMP_EQ, padded,
		sizeof(padded));
}

void nft_match_mark(struct nft_batch *batch, enum nft_cmp_ops compare, uint32_t mark)
{
	nft_match_meta(batch, NFT_META_MARK, compare, &mark, sizeof(mark));
}

void nft_match_destination_port(struct nft_batch *batch, uint16_t port)
{
	const struct nft_part part = {NFT_PAYLOAD_TRANSPORT_HEADER, DESTINATION_PORT_AT, 2};
	const uint16_t value = htons(port);

	nft_match_part(batch, &part, NULL, NFT_CMP_EQ, &value);
}

void nft_match_connections_over(struct nft_batch *batch, uint32_t count)
{
	struct expression expression = expression_begin(batch, "connlimit");

	put_number(batch, NFTA_CONNLIMIT_COUNT, count);
	put_number(batch, NFTA_CONNLIMIT_FLAGS, NFT_CONNLIMIT_F_INV);
	expression_end(batch, &expression);
}

void nft_add_counter(struct nft_batch *batch)
{
	struct expression expression = expression_begin(batch, "counter");

	expression_end(batch, &expression);
}

void nft_add_verdict(struct nft_batch *batch, uint32_t verdict)
{
	struct expression expression = expression_begin(batch, "immediate");
	struct nlattr *data = nft_nest_begin(batch, NFTA_IMMEDIATE_DATA);
	struct nlattr *nest = nft_nest_begin(batch, NFTA_DATA_VERDICT);

	put_number(batch, NFTA_VERDICT_CODE, verdict);
	nft_nest_end(batch, nest);
	nft_nest_end(batch, data);
	put_number(batch, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	expression_end(batch, &expression);
}

static void add_reject(struct nft_batch *batch, enum nft_reject_types type, uint8_t code)
{
	struct expression expression = expression_begin(batch, "reject");

	put_number(batch, NFTA_REJECT_TYPE, type);
	put_byte(batch, NFTA_REJECT_ICMP_CODE, code);
	expression_end(batch, &expression);
}

void nft_add_reset(struct nft_batch *batch)
{
	add_reject(batch, NFT_REJECT_TCP_RST, 0);
}

void nft_add_unreachable(struct nft_batch *batch, uint8_t icmpx_code)
{
	add_reject(batch, NFT_REJECT_ICMPX_UNREACH, icmpx_code);
}

void nft_add_redirect(struct nft_batch *batch, uint16_t port)
{
	const uint16_t value = htons(port);
	struct expression expression = expression_begin(batch, "immediate");

	put_number(batch, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	nft_put_value(batch, NFTA_IMMEDIATE_DATA, &value, sizeof(value));
	expression_end(batch, &expression);
	expression = expression_begin(batch, "redir");
	put_number(batch, NFTA_REDIR_REG_PROTO_MIN, NFT_REG_1);
	expression_end(batch, &expression);
}

void nft_add_mark_of_server(struct nft_batch *batch)
{
	struct expression expression = expression_begin(batch, "ct");
	const uint8_t original = IP_CT_DIR_ORIGINAL;

	put_number(batch, NFTA_CT_DREG, NFT_REG_1);
	put_number(batch, NFTA_CT_KEY, NFT_CT_DST_IP);
	put_byte(batch, NFTA_CT_DIRECTION, original);
	expression_end(batch, &expression);
	expression = expression_begin(batch, "meta");
	put_number(batch, NFTA_META_KEY, NFT_META_MARK);
	put_number(batch, NFTA_META_SREG, NFT_REG_1);
	expression_end(batch, &expression);
}
