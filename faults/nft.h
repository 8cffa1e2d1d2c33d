/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft - tables of the kernel's packet filter (nf_tables) that are perturb's own: made in one
 * transaction, removed by their name alone. What others configured is never touched.
 *
 *     struct nft_batch batch;
 *     nft_begin(&batch, table);
 *     nft_chain(&batch, "output", &place);
 *     nft_rule_begin(&batch, "output");       then the expressions of nft_rule.h, in their order
 *     nft_rule_end(&batch);
 *     nft_commit(&batch, socket, &err);       everything of it, or nothing
 *     nft_release(&batch);
 *
 * The table belongs to the socket (NFT_TABLE_F_OWNER, Linux 5.12): when the process that holds it
 * dies, the kernel removes the table at once. Older kernels keep it until nft_remove.
 */
#ifndef FAULTS_NFT_H
#define FAULTS_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reports/err.h"

/* "perturb_0123abcd" */
#define NFT_TABLE_MAX 32

struct nl_sock;
struct nl_msg;
struct nlattr;

/* A transaction that is being put together. What cannot be added (no memory) is told by nft_commit.
 */
struct nft_batch {
	char table[NFT_TABLE_MAX];
	struct nl_msg **messages; /* heap */
	size_t count;
	size_t capacity;
	uint32_t sets; /* made so far */
	bool failed;
	struct nlattr *expressions; /* of the rule that is being made */
};

/* Where packets enter a chain. */
struct nft_place {
	const char *type; /* "filter" or "nat" */
	uint32_t hook;	  /* NF_INET_LOCAL_IN, … */
	int32_t priority; /* NF_IP_PRI_RAW, … */
};

/* A random name for a table; is a name one of these? */
int nft_choose_table(char *table, size_t size, struct err *err);
/* The name that goes with a number. */
void nft_name_table(char *table, size_t size, uint32_t number);
bool nft_table_is_ours(const char *table);

/* Begins with a new table of the inet family: IPv4 and IPv6. */
void nft_begin(struct nft_batch *batch, const char *table);
/* A chain that lets pass what none of its rules decides about. */
void nft_chain(struct nft_batch *batch, const char *chain, const struct nft_place *place);
void nft_rule_begin(struct nft_batch *batch, const char *chain);
void nft_rule_end(struct nft_batch *batch);

/* Values of a set, both included, in network byte order. */
struct nft_range {
	uint8_t first[16];
	uint8_t last[16];
};

/* The numbers are nft's own, by which it shows them. */
enum nft_set_type {
	NFT_SET_IPV4 = 7,
	NFT_SET_IPV6 = 8,
	NFT_SET_PROTOCOLS = 12,
	NFT_SET_PORTS = 13,
};

/* How many bytes a value of that type has. */
size_t nft_set_value_size(enum nft_set_type type);

#define NFT_SET_NAME_MAX 16

/* Adds a set of ranges, which may overlap; they are sorted and merged in place. Writes its name. */
void nft_set(struct nft_batch *batch, enum nft_set_type type, struct nft_range *ranges,
	size_t count, char name[NFT_SET_NAME_MAX]);

/* Sends it. When the kernel refuses, nothing was changed; ERR_UNAVAILABLE for a kernel that lacks
 * something, which sys and the message tell. NETLINK_UNANSWERED: as netlink_exchange. */
int nft_commit(struct nft_batch *batch, struct nl_sock *socket, struct err *err);
void nft_release(struct nft_batch *batch);

/* Removes the table with all that is in it; content when there is none (any more). It waits for a
 * moment for an owner that is about to end. */
int nft_remove(struct nl_sock *socket, const char *table, struct err *err);

/* What the counters of a table's rules have counted, together. */
struct nft_counters {
	uint64_t packets;
	uint64_t bytes;
	bool found; /* the table has any rule with a counter */
};
int nft_count_all(struct nl_sock *socket, const char *table, struct nft_counters *ret_counters,
	struct err *err);

#endif
