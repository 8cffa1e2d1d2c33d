/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/nft_filter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter.h>

#include "faults/nft_rule.h"
#include "faults/nft_rules.h"

/* Where the addresses lie in the header: source, then destination. */
#define IPV4_SOURCE_AT 12
#define IPV6_SOURCE_AT 8

#define TCP_FLAGS_AT 13
#define TCP_FIN	     0x01
#define TCP_SYN	     0x02
#define TCP_RST	     0x04
#define TCP_ACK	     0x10

#define ICMP_UNREACHABLE   3
#define ICMPV6_UNREACHABLE 1
#define DISCOVERY_FIRST	   133 /* router solicitation to redirect (RFC 4861) */
#define DISCOVERY_LAST	   137

/* What the rules of one operation share. */
struct filter {
	struct nft_batch *batch;
	const struct operation *operation;
	char peers[NFT_SET_NAME_MAX]; /* "": every one */
	char peers6[NFT_SET_NAME_MAX];
	char peer_ports[NFT_SET_NAME_MAX];
	char local_ports[NFT_SET_NAME_MAX];
	char protocols[NFT_SET_NAME_MAX]; /* those with ports */
};

/* It may come from another process. */
static bool is_within_bounds(const struct aim *aim)
{
	if (aim->peer_count > AIM_NETWORKS_MAX || aim->peer_port_count > AIM_PORTS_MAX ||
		aim->local_port_count > AIM_PORTS_MAX || aim->exception_count > AIM_EXCEPTIONS_MAX)
		return false;
	for (size_t i = 0; i < aim->peer_count; i++)
		if (aim->peers[i].prefix > (aim->peers[i].family == AF_INET ? 32 : 128))
			return false;
	return true;
}

bool nft_filter_is_possible(const struct nft_filter *filter, const struct aim *aim)
{
	const bool begins = filter->beginnings || filter->limited;

	return is_within_bounds(aim) && (!begins || aim->protocol == IPPROTO_TCP) &&
	       (!filter->limited || filter->beginnings) &&
	       filter->connections <= NFT_CONNECTIONS_MAX;
}

/* --- sets --- */

/* Every address of the network. */
static struct nft_range range_of_network(const struct aim_network *network)
{
	const unsigned int size = network->family == AF_INET ? 4 : 16;
	struct nft_range range;

	memset(&range, 0, sizeof(range));
	for (unsigned int i = 0; i < size; i++) {
		unsigned int fixed = network->prefix > 8 * i ? network->prefix - 8 * i : 0;
		uint8_t mask = (uint8_t)(fixed >= 8 ? 0xff : 0xff << (8 - fixed));

		range.first[i] = network->address[i] & mask;
		range.last[i] = (uint8_t)(range.first[i] | (uint8_t)~mask);
	}
	return range;
}

static void set_put_port(uint8_t *value, uint16_t port)
{
	value[0] = (uint8_t)(port >> 8);
	value[1] = (uint8_t)port;
}

static struct nft_range range_of_ports(const struct aim_ports *ports)
{
	struct nft_range range;

	memset(&range, 0, sizeof(range));
	set_put_port(range.first, ports->first);
	set_put_port(range.last, ports->last);
	return range;
}

static void add_peers(struct filter *filter, uint8_t family, char *name)
{
	const struct aim *aim = &filter->operation->aim;
	struct nft_range *ranges = calloc(AIM_NETWORKS_MAX, sizeof(*ranges));
	size_t count = 0;

	if (ranges == NULL) {
		filter->batch->failed = true;
		return;
	}
	for (size_t i = 0; i < aim->peer_count; i++)
		if (aim->peers[i].family == family)
			ranges[count++] = range_of_network(&aim->peers[i]);
	if (count != 0)
		nft_set(filter->batch, family == AF_INET ? NFT_SET_IPV4 : NFT_SET_IPV6, ranges,
			count, name);
	free(ranges);
}

static void add_ports(
	struct filter *filter, const struct aim_ports *ports, size_t count, char *name)
{
	struct nft_range ranges[AIM_PORTS_MAX];

	for (size_t i = 0; i < count; i++)
		ranges[i] = range_of_ports(&ports[i]);
	if (count != 0)
		nft_set(filter->batch, NFT_SET_PORTS, ranges, count, name);
}

static void add_protocols(struct filter *filter, const struct nft_rules *rules)
{
	static const uint8_t with_ports[] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_DCCP, IPPROTO_UDPLITE};
	struct nft_range ranges[sizeof(with_ports)];
	bool needed = false;

	memset(ranges, 0, sizeof(ranges));
	for (size_t i = 0; i < sizeof(with_ports); i++)
		ranges[i].first[0] = ranges[i].last[0] = with_ports[i];
	for (size_t i = 0; i < rules->count; i++)
		needed = needed || rules->items[i].protocol == NFT_ANY_WITH_PORTS;
	if (needed)
		nft_set(filter->batch, NFT_SET_PROTOCOLS, ranges, sizeof(with_ports),
			filter->protocols);
}

/* --- matches --- */

static bool is_egress(const struct filter *filter)
{
	return filter->operation->direction == DIRECTION_EGRESS;
}

/* The peer is whom it goes to, or whom it comes from. */
static struct nft_part peer_part(const struct filter *filter, uint8_t family)
{
	const uint32_t size = family == AF_INET ? 4 : 16;
	const uint32_t source = family == AF_INET ? IPV4_SOURCE_AT : IPV6_SOURCE_AT;

	return (struct nft_part){
		NFT_PAYLOAD_NETWORK_HEADER, source + (is_egress(filter) ? size : 0), size};
}

static struct nft_part port_part(const struct filter *filter, bool local)
{
	return (struct nft_part){
		NFT_PAYLOAD_TRANSPORT_HEADER, is_egress(filter) != local ? 2 : 0, 2};
}

static void match_network(struct filter *filter, const struct aim_network *network)
{
	const struct nft_part part = peer_part(filter, network->family);
	const struct nft_range range = range_of_network(network);
	uint8_t mask[16];

	for (size_t i = 0; i < sizeof(mask); i++)
		mask[i] = (uint8_t) ~(range.first[i] ^ range.last[i]);
	nft_match_part(filter->batch, &part, mask, NFT_CMP_EQ, range.first);
}

static void match_ports(struct filter *filter, bool local, const struct aim_ports *ports)
{
	const struct nft_part part = port_part(filter, local);
	uint8_t first[2];
	uint8_t last[2];

	if (ports->last == 0)
		return;
	set_put_port(first, ports->first);
	set_put_port(last, ports->last);
	nft_match_part(filter->batch, &part, NULL, NFT_CMP_GTE, first);
	nft_match_part(filter->batch, &part, NULL, NFT_CMP_LTE, last);
}

static void match_exception(struct filter *filter, const struct aim_exception *exception)
{
	if (exception->peer.family != 0)
		match_network(filter, &exception->peer);
	match_ports(filter, false, &exception->peer_ports);
	match_ports(filter, true, &exception->local_ports);
}

/* The field is the upper six bits of a byte, which lies across two in IPv6. */
static void match_dscp(struct filter *filter, uint8_t family)
{
	const struct nft_part part = {
		NFT_PAYLOAD_NETWORK_HEADER, family == AF_INET ? 1 : 0, family == AF_INET ? 1 : 2};
	const unsigned int shift = family == AF_INET ? 2 : 6;
	const unsigned int dscp = filter->operation->aim.dscp;
	const uint16_t mask = htons((uint16_t)(0x3fU << shift));
	const uint16_t value = htons((uint16_t)(dscp << shift));
	const size_t skip = family == AF_INET ? 1 : 0;

	nft_match_part(filter->batch, &part, (const uint8_t *)&mask + skip, NFT_CMP_EQ,
		(const uint8_t *)&value + skip);
}

static void match_tcp_flags(struct filter *filter, uint8_t mask, uint8_t value)
{
	const struct nft_part part = {NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS_AT, 1};

	nft_match_part(filter->batch, &part, &mask, NFT_CMP_EQ, &value);
}

static void match_icmp_types(struct filter *filter, uint8_t first, uint8_t last)
{
	const struct nft_part part = {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1};

	nft_match_part(filter->batch, &part, NULL, NFT_CMP_GTE, &first);
	nft_match_part(filter->batch, &part, NULL, NFT_CMP_LTE, &last);
}

/* All packets of a connection are counted to it, its first one is what may be refused. */
static void match_aim(struct filter *filter, uint8_t family)
{
	const struct operation *operation = filter->operation;
	const struct nft_part local = port_part(filter, true);
	const struct nft_part remote = port_part(filter, false);

	if (operation->aim.peer_count != 0) {
		const struct nft_part peer = peer_part(filter, family);

		nft_match_set(
			filter->batch, &peer, family == AF_INET ? filter->peers : filter->peers6);
	}
	if (operation->aim.has_dscp)
		match_dscp(filter, family);
	if (operation->aim.peer_port_count != 0)
		nft_match_set(filter->batch, &remote, filter->peer_ports);
	if (operation->aim.local_port_count != 0)
		nft_match_set(filter->batch, &local, filter->local_ports);
	if (operation->filter.limited)
		nft_match_connections_over(filter->batch, operation->filter.connections);
	if (operation->filter.beginnings)
		match_tcp_flags(filter, TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK, TCP_SYN);
}

static void match_protocol(struct filter *filter, uint8_t protocol)
{
	if (protocol != 0 && protocol != NFT_ANY_WITH_PORTS) {
		nft_match_protocol(filter->batch, protocol);
	} else if (protocol != 0) {
		/* As the metadata have it: behind the extension headers of IPv6. */
		nft_match_meta_set(filter->batch, NFT_META_L4PROTO, filter->protocols);
	}
}

static void match_subject(struct filter *filter, const struct nft_rule *rule)
{
	switch (rule->subject) {
	case NFT_OF_AIM:
		match_aim(filter, rule->family);
		break;
	case NFT_OF_EXCEPTION:
		match_exception(filter, rule->exception);
		break;
	case NFT_OF_DISCOVERY:
		match_icmp_types(filter, DISCOVERY_FIRST, DISCOVERY_LAST);
		break;
	case NFT_OF_RESETS:
		match_tcp_flags(filter, TCP_RST, TCP_RST);
		break;
	case NFT_OF_UNREACHABLE:
		if (rule->family == AF_INET)
			match_icmp_types(filter, ICMP_UNREACHABLE, ICMP_UNREACHABLE);
		else
			match_icmp_types(filter, ICMPV6_UNREACHABLE, ICMPV6_UNREACHABLE);
		break;
	}
}

static void add_ending(struct filter *filter, enum nft_ending ending)
{
	/* Only what is meant is counted. */
	if (ending != NFT_PASSES)
		nft_add_counter(filter->batch);
	switch (ending) {
	case NFT_PASSES:
		nft_add_verdict(filter->batch, NF_ACCEPT);
		break;
	case NFT_DROPPED:
		nft_add_verdict(filter->batch, NF_DROP);
		break;
	case NFT_RESET:
		nft_add_reset(filter->batch);
		break;
	case NFT_PORT_UNREACHABLE:
		nft_add_unreachable(filter->batch, NFT_REJECT_ICMPX_PORT_UNREACH);
		break;
	case NFT_HOST_UNREACHABLE:
		nft_add_unreachable(filter->batch, NFT_REJECT_ICMPX_HOST_UNREACH);
		break;
	}
}

static void add_rule(
	struct filter *filter, const struct nft_chain *chain, const struct nft_rule *rule)
{
	const char *interface = filter->operation->interface;

	nft_rule_begin(filter->batch, chain->name);
	if (interface[0] != '\0')
		nft_match_interface(filter->batch, chain->oif, interface);
	else
		nft_match_not_loopback(filter->batch, chain->oif);
	if (rule->family != 0)
		nft_match_family(
			filter->batch, rule->family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6);
	match_protocol(filter, rule->protocol);
	match_subject(filter, rule);
	add_ending(filter, rule->ending);
	nft_rule_end(filter->batch);
}

void nft_filter_add(struct nft_batch *batch, const struct operation *operation)
{
	const struct aim *aim = &operation->aim;
	struct filter filter = {.batch = batch, .operation = operation};
	struct nft_rules rules;

	nft_rules_list(operation, &rules);
	add_peers(&filter, AF_INET, filter.peers);
	add_peers(&filter, AF_INET6, filter.peers6);
	add_ports(&filter, aim->peer_ports, aim->peer_port_count, filter.peer_ports);
	add_ports(&filter, aim->local_ports, aim->local_port_count, filter.local_ports);
	add_protocols(&filter, &rules);
	for (size_t i = 0; i < rules.chain_count; i++) {
		const struct nft_chain *chain = &rules.chains[i];
		const struct nft_place place = {"filter", chain->hook, rules.priority};

		nft_chain(batch, chain->name, &place);
		for (size_t j = 0; j < rules.count; j++)
			add_rule(&filter, chain, &rules.items[j]);
	}
}
