/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "faults/netlink.h"
#include "faults/nft_message.h"
#include "reports/mem.h"

#define TABLE_PREFIX "perturb_"
#define TABLE_DIGITS 8

/* Where in a batch its table is made: behind the begin of the transaction. */
#define TABLE_AT 1

/* NFT_TABLE_F_OWNER, which older headers do not have. */
#define FLAG_OWNER 2U

#define MESSAGE_SIZE 4096

/* How long a process may take to end, whose sockets are closed one by one. */
#define OWNER_TRIES    100
#define OWNER_PAUSE_NS 10000000

void nft_name_table(char *table, size_t size, uint32_t number)
{
	snprintf(table, size, TABLE_PREFIX "%08" PRIx32, number);
}

int nft_choose_table(char *table, size_t size, struct err *err)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return err_set(err, ERR_SYSTEM, errno, "random numbers");
	nft_name_table(table, size, random);
	return 0;
}

bool nft_table_is_ours(const char *table)
{
	const size_t prefix = strlen(TABLE_PREFIX);

	return strncmp(table, TABLE_PREFIX, prefix) == 0 &&
	       strspn(table + prefix, "0123456789abcdef") == TABLE_DIGITS &&
	       strlen(table) == prefix + TABLE_DIGITS;
}

/* --- messages --- */

static struct nl_msg *message_new(uint16_t type, uint16_t flags, uint8_t family, size_t size)
{
	/* The borders of a transaction, which are of no family, name the subsystem. */
	struct nfgenmsg header = {
		.nfgen_family = family,
		.version = NFNETLINK_V0,
		.res_id = family == AF_UNSPEC ? htons(NFNL_SUBSYS_NFTABLES) : 0,
	};
	struct nl_msg *message = nlmsg_alloc_size(size);

	if (message == NULL)
		return NULL;
	if (nlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, NLM_F_REQUEST | flags) == NULL ||
		nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

static uint16_t type_of(uint8_t type)
{
	return (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
}

static void append(struct nft_batch *batch, struct nl_msg *message)
{
	if (message == NULL) {
		batch->failed = true;
		return;
	}
	if (batch->count == batch->capacity) {
		size_t capacity = batch->capacity == 0 ? 16 : batch->capacity * 2;
		struct nl_msg **moved =
			realloc(batch->messages, capacity * sizeof(struct nl_msg *));

		if (moved == NULL) {
			nlmsg_free(message);
			batch->failed = true;
			return;
		}
		batch->messages = moved;
		batch->capacity = capacity;
	}
	batch->messages[batch->count++] = message;
}

static void append_border(struct nft_batch *batch, uint16_t type)
{
	append(batch, message_new(type, 0, AF_UNSPEC, MESSAGE_SIZE));
}

void nft_add_message(struct nft_batch *batch, uint8_t type, uint16_t flags, size_t size)
{
	if (!batch->failed)
		append(batch, message_new(type_of(type), flags, NFPROTO_INET, size));
}

static struct nl_msg *newest(struct nft_batch *batch)
{
	return batch->messages[batch->count - 1];
}

void nft_put_u32(struct nft_batch *batch, int attribute, uint32_t value)
{
	if (!batch->failed && nla_put_u32(newest(batch), attribute, htonl(value)) < 0)
		batch->failed = true;
}

void nft_put_text(struct nft_batch *batch, int attribute, const char *text)
{
	if (!batch->failed && nla_put_string(newest(batch), attribute, text) < 0)
		batch->failed = true;
}

struct nlattr *nft_nest_begin(struct nft_batch *batch, int attribute)
{
	struct nlattr *nest = batch->failed ? NULL : nla_nest_start(newest(batch), attribute);

	if (nest == NULL)
		batch->failed = true;
	return nest;
}

void nft_nest_end(struct nft_batch *batch, struct nlattr *nest)
{
	if (!batch->failed)
		nla_nest_end(newest(batch), nest);
}

void nft_put_value(struct nft_batch *batch, int attribute, const void *value, size_t size)
{
	struct nlattr *nest = nft_nest_begin(batch, attribute);

	if (!batch->failed && nla_put(newest(batch), NFTA_DATA_VALUE, (int)size, value) < 0)
		batch->failed = true;
	nft_nest_end(batch, nest);
}

/* --- the parts of a table --- */

void nft_begin(struct nft_batch *batch, const char *table)
{
	memset(batch, 0, sizeof(*batch));
	snprintf(batch->table, sizeof(batch->table), "%s", table);
	append_border(batch, NFNL_MSG_BATCH_BEGIN);
	nft_add_message(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, MESSAGE_SIZE);
	nft_put_text(batch, NFTA_TABLE_NAME, batch->table);
	nft_put_u32(batch, NFTA_TABLE_FLAGS, FLAG_OWNER);
}

void nft_chain(struct nft_batch *batch, const char *chain, const struct nft_place *place)
{
	struct nlattr *hook;

	nft_add_message(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL, MESSAGE_SIZE);
	nft_put_text(batch, NFTA_CHAIN_TABLE, batch->table);
	nft_put_text(batch, NFTA_CHAIN_NAME, chain);
	hook = nft_nest_begin(batch, NFTA_CHAIN_HOOK);
	nft_put_u32(batch, NFTA_HOOK_HOOKNUM, place->hook);
	nft_put_u32(batch, NFTA_HOOK_PRIORITY, (uint32_t)place->priority);
	nft_nest_end(batch, hook);
	nft_put_text(batch, NFTA_CHAIN_TYPE, place->type);
	nft_put_u32(batch, NFTA_CHAIN_POLICY, NF_ACCEPT);
}

void nft_rule_begin(struct nft_batch *batch, const char *chain)
{
	nft_add_message(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, MESSAGE_SIZE);
	nft_put_text(batch, NFTA_RULE_TABLE, batch->table);
	nft_put_text(batch, NFTA_RULE_CHAIN, chain);
	batch->expressions = nft_nest_begin(batch, NFTA_RULE_EXPRESSIONS);
}

void nft_rule_end(struct nft_batch *batch)
{
	nft_nest_end(batch, batch->expressions);
	batch->expressions = NULL;
}

/* --- the exchange --- */

/* Before Linux 5.12, a table has no owner. */
static void disown(struct nft_batch *batch)
{
	struct nlattr *flags = nlmsg_find_attr(
		nlmsg_hdr(batch->messages[TABLE_AT]), sizeof(struct nfgenmsg), NFTA_TABLE_FLAGS);

	if (flags != NULL)
		memset(nla_data(flags), 0, sizeof(uint32_t));
}

static int explain(const struct err *reason, struct err *err)
{
	if (err == NULL)
		return -1;
	*err = *reason;
	switch (reason->sys) {
	case EPERM:
		return err_set(err, ERR_UNAVAILABLE, EPERM,
			"the packet filter (perturb needs CAP_NET_ADMIN there: run it as root)");
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT:
	case ENOENT:
		return err_set(err, ERR_UNAVAILABLE, reason->sys,
			"this kernel's nf_tables lacks a part that this fault needs: load or "
			"install the modules of nftables (nf_tables_inet, nft_reject_inet, "
			"nft_connlimit)");
	default:
		return err_prefix(err, "packet filter");
	}
}

static int transact(struct nft_batch *batch, struct nl_sock *socket, struct err *err)
{
	/* Of a transaction that succeeds, the last message is answered. */
	if (!batch->failed)
		nlmsg_hdr(newest(batch))->nlmsg_flags |= NLM_F_ACK;
	append_border(batch, NFNL_MSG_BATCH_END);
	if (batch->failed)
		return err_set(err, ERR_SYSTEM, ENOMEM, "packet filter");
	return netlink_transact(socket, batch->messages, batch->count, err);
}

int nft_commit(struct nft_batch *batch, struct nl_sock *socket, struct err *err)
{
	struct err reason = {0};
	int result = transact(batch, socket, &reason);

	if (result == -1 && (reason.sys == EINVAL || reason.sys == EOPNOTSUPP)) {
		disown(batch);
		result = netlink_transact(socket, batch->messages, batch->count, &reason);
	}
	if (result < 0)
		(void)explain(&reason, err);
	return result;
}

void nft_release(struct nft_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		nlmsg_free(batch->messages[i]);
	free(batch->messages);
	memset(batch, 0, sizeof(*batch));
}

static int remove_once(struct nl_sock *socket, const char *table, struct err *err)
{
	struct nft_batch batch = {.table = ""};
	int result;

	append_border(&batch, NFNL_MSG_BATCH_BEGIN);
	nft_add_message(&batch, NFT_MSG_DELTABLE, 0, MESSAGE_SIZE);
	nft_put_text(&batch, NFTA_TABLE_NAME, table);
	result = transact(&batch, socket, err);
	nft_release(&batch);
	return result;
}

int nft_remove(struct nl_sock *socket, const char *table, struct err *err)
{
	const struct timespec pause = {.tv_nsec = OWNER_PAUSE_NS};
	struct err reason = {0};

	for (int try = 0; try < OWNER_TRIES; try++) {
		if (remove_once(socket, table, &reason) == 0 || reason.sys == ENOENT ||
			reason.sys == EPROTONOSUPPORT)
			return 0;
		if (reason.sys != EPERM)
			break;
		nanosleep(&pause, NULL);
	}
	if (reason.sys == EPERM)
		return err_set(err, ERR_SYSTEM, EPERM,
			"table %s belongs to another process, which has to end first", table);
	if (err != NULL)
		*err = reason;
	return err_prefix(err, "table %s", table);
}
