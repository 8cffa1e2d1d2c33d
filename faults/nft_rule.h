/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft_rule - the expressions of one rule, in the order in which the kernel evaluates them: the
 * first that does not match ends it. See nft.h.
 */
#ifndef FAULTS_NFT_RULE_H
#define FAULTS_NFT_RULE_H

#include <linux/netfilter/nf_tables.h>

#include "faults/nft.h"

/* A part of the packet: base is NFT_PAYLOAD_NETWORK_HEADER or NFT_PAYLOAD_TRANSPORT_HEADER. */
struct nft_part {
	enum nft_payload_bases base;
	uint32_t offset; /* bytes */
	uint32_t length;
};

/* The packet's metadata key (NFT_META_…), in the kernel's form, must compare so with value. */
void nft_match_meta(struct nft_batch *batch, enum nft_meta_keys key, enum nft_cmp_ops compare,
	const void *value, size_t size);
/* The part, with a mask (NULL: all of it), must compare so with value. */
void nft_match_part(struct nft_batch *batch, const struct nft_part *part, const void *mask,
	enum nft_cmp_ops compare, const void *value);
/* The key, or the part, must be in the set. */
void nft_match_meta_set(struct nft_batch *batch, enum nft_meta_keys key, const char *set);
void nft_match_set(struct nft_batch *batch, const struct nft_part *part, const char *set);

/* NFPROTO_IPV4 or NFPROTO_IPV6; IPPROTO_… */
void nft_match_family(struct nft_batch *batch, uint8_t family);
void nft_match_protocol(struct nft_batch *batch, uint8_t protocol);
/* Every interface but the loopback one. oif: that it leaves by, else that it came by. */
void nft_match_not_loopback(struct nft_batch *batch, bool oif);
void nft_match_interface(struct nft_batch *batch, bool oif, const char *name);
/* The mark of the packet, which it has from its socket (SO_MARK); NFT_CMP_EQ or NFT_CMP_NEQ. */
void nft_match_mark(struct nft_batch *batch, enum nft_cmp_ops compare, uint32_t mark);
/* Ports, in host byte order. */
void nft_match_destination_port(struct nft_batch *batch, uint16_t port);

/* The packet's connection must be one more than so many that this rule has seen. The kernel tracks
 * the connections of a namespace from then on. */
void nft_match_connections_over(struct nft_batch *batch, uint32_t count);

void nft_add_counter(struct nft_batch *batch);
/* NF_ACCEPT, which leaves the chain, or NF_DROP. */
void nft_add_verdict(struct nft_batch *batch, uint32_t verdict);
/* Drops it and says so: by a TCP reset, or as that port (NFT_REJECT_ICMPX_PORT_UNREACH) or host
 * were not there. */
void nft_add_reset(struct nft_batch *batch);
void nft_add_unreachable(struct nft_batch *batch, uint8_t icmpx_code);
/* In a chain of type "nat": to that port of the namespace itself. */
void nft_add_redirect(struct nft_batch *batch, uint16_t port);
/* Marks the packet with the IPv4 address that its connection was meant for, before it was
 * redirected; for SO_RCVMARK. */
void nft_add_mark_of_server(struct nft_batch *batch);

#endif
