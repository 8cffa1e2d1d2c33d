/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft_rules - the rules that an aim needs, in their order: what is spared, then what is meant.
 *
 * One list, from which both the kernel's rules and the text for a person are made.
 */
#ifndef FAULTS_NFT_RULES_H
#define FAULTS_NFT_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "faults/operation.h"

/* Instead of one protocol: all that have ports. */
#define NFT_ANY_WITH_PORTS 255

enum nft_subject {
	NFT_OF_AIM,	    /* what the aim means */
	NFT_OF_EXCEPTION,   /* one of its exceptions */
	NFT_OF_DISCOVERY,   /* IPv6 neighbour discovery: neighbours stay known */
	NFT_OF_RESETS,	    /* TCP resets: what a refusal is made of */
	NFT_OF_UNREACHABLE, /* ICMP's part of that */
};

enum nft_ending {
	NFT_PASSES,
	NFT_DROPPED,
	NFT_RESET,
	NFT_PORT_UNREACHABLE,
	NFT_HOST_UNREACHABLE,
};

struct nft_rule {
	enum nft_subject subject;
	const struct aim_exception *exception; /* NFT_OF_EXCEPTION: borrowed from the aim */
	uint8_t family;			       /* AF_INET or AF_INET6; 0: both */
	uint8_t protocol;		       /* IPPROTO_… of that family; 0: any */
	enum nft_ending ending;
};

#define NFT_RULES_MAX (4 + 2 * AIM_EXCEPTIONS_MAX + 6)

/* A chain that they are in. */
struct nft_chain {
	const char *name; /* also the hook's, to nft */
	uint32_t hook;
	bool oif; /* the interface is that by which packets leave */
};

#define NFT_CHAINS_MAX 2

struct nft_rules {
	struct nft_rule items[NFT_RULES_MAX];
	size_t count;
	struct nft_chain chains[NFT_CHAINS_MAX];
	size_t chain_count;
	int32_t priority;
};

void nft_rules_list(const struct operation *operation, struct nft_rules *ret_rules);

#endif
