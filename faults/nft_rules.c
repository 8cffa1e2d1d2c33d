/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/nft_rules.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter.h>

/* Before connections are tracked, or where they are known; linux/netfilter_ipv4.h. */
#define PRIORITY_RAW	(-300)
#define PRIORITY_FILTER 0

static void add(struct nft_rules *rules, const struct nft_rule *rule)
{
	if (rules->count < NFT_RULES_MAX)
		rules->items[rules->count++] = *rule;
}

/* The number in the header; that of ICMP depends on the version of IP. */
static uint8_t protocol_for(uint8_t protocol, uint8_t family)
{
	return protocol == IPPROTO_ICMP && family == AF_INET6 ? IPPROTO_ICMPV6 : protocol;
}

static bool has_ports(const struct aim *aim)
{
	return aim->peer_port_count != 0 || aim->local_port_count != 0;
}

static bool has_peers_of(const struct aim *aim, uint8_t family)
{
	for (size_t i = 0; i < aim->peer_count; i++)
		if (aim->peers[i].family == family)
			return true;
	return false;
}

/* A rule for both families counts the connections of both. */
static bool is_for_both(const struct aim *aim)
{
	return aim->family == 0 && aim->peer_count == 0 && !aim->has_dscp &&
	       aim->protocol != IPPROTO_ICMP;
}

static bool is_possible(const struct aim *aim, uint8_t family)
{
	return (aim->family == 0 || aim->family == family) &&
	       (aim->peer_count == 0 || has_peers_of(aim, family)) &&
	       !(family == AF_INET && aim->protocol == IPPROTO_ICMPV6);
}

static enum nft_ending refusal_of(uint8_t protocol)
{
	switch (protocol) {
	case 0:
		return NFT_HOST_UNREACHABLE;
	case IPPROTO_TCP:
		return NFT_RESET;
	default:
		return NFT_PORT_UNREACHABLE;
	}
}

/* Each protocol is refused in its own way; the rest comes last. */
static void add_meant(struct nft_rules *rules, const struct aim *aim, uint8_t family, bool reject)
{
	struct nft_rule rule = {.subject = NFT_OF_AIM, .family = family, .ending = NFT_DROPPED};
	uint8_t refused[3];
	size_t count = 0;

	rule.protocol = protocol_for(aim->protocol, family);
	if (rule.protocol == 0 && has_ports(aim))
		rule.protocol = NFT_ANY_WITH_PORTS;
	if (reject && (rule.protocol == 0 || rule.protocol == NFT_ANY_WITH_PORTS))
		refused[count++] = IPPROTO_TCP;
	if (reject && rule.protocol == 0)
		refused[count++] = IPPROTO_UDP;
	refused[count++] = rule.protocol;
	for (size_t i = 0; i < count; i++) {
		rule.protocol = refused[i];
		if (reject)
			rule.ending = refusal_of(refused[i]);
		add(rules, &rule);
	}
}

static void add_exception(
	struct nft_rules *rules, const struct aim_exception *exception, uint8_t family)
{
	struct nft_rule rule = {
		.subject = NFT_OF_EXCEPTION,
		.exception = exception,
		.family = family,
		.protocol = protocol_for(exception->protocol, family),
	};

	if (rule.protocol == 0 &&
		(exception->peer_ports.last != 0 || exception->local_ports.last != 0))
		rule.protocol = NFT_ANY_WITH_PORTS;
	add(rules, &rule);
}

static void add_exceptions(struct nft_rules *rules, const struct aim *aim)
{
	for (size_t i = 0; i < aim->exception_count; i++) {
		const struct aim_exception *exception = &aim->exceptions[i];

		if (exception->peer.family != 0) {
			add_exception(rules, exception, exception->peer.family);
		} else if (exception->protocol == IPPROTO_ICMP) {
			add_exception(rules, exception, AF_INET);
			add_exception(rules, exception, AF_INET6);
		} else {
			add_exception(rules, exception, 0);
		}
	}
}

/* Neighbours of IPv6 are to be known still when it is over, as those of IPv4 are, whose ARP no rule
 * sees. What a refusal consists of must get through the rules of both sides. */
static void add_spared(struct nft_rules *rules, const struct aim *aim, bool reject)
{
	const bool icmp = aim->protocol == 0 || aim->protocol == IPPROTO_ICMP ||
			  aim->protocol == IPPROTO_ICMPV6;
	const struct nft_rule discovery = {
		.subject = NFT_OF_DISCOVERY, .family = AF_INET6, .protocol = IPPROTO_ICMPV6};
	const struct nft_rule resets = {.subject = NFT_OF_RESETS, .protocol = IPPROTO_TCP};
	const struct nft_rule unreachable = {
		.subject = NFT_OF_UNREACHABLE, .family = AF_INET, .protocol = IPPROTO_ICMP};
	const struct nft_rule unreachable6 = {
		.subject = NFT_OF_UNREACHABLE, .family = AF_INET6, .protocol = IPPROTO_ICMPV6};

	if (icmp && !has_ports(aim))
		add(rules, &discovery);
	if (!reject)
		return;
	if (aim->protocol == 0 || aim->protocol == IPPROTO_TCP)
		add(rules, &resets);
	if (icmp && !has_ports(aim)) {
		add(rules, &unreachable);
		add(rules, &unreachable6);
	}
}

/* What is forwarded is nobody's own port. */
static void list_chains(const struct operation *operation, struct nft_rules *rules)
{
	const bool oif = operation->direction == DIRECTION_EGRESS;

	rules->priority = operation->filter.limited ? PRIORITY_FILTER : PRIORITY_RAW;
	rules->chains[rules->chain_count++] =
		oif ? (struct nft_chain){"output", NF_INET_LOCAL_OUT, true}
		    : (struct nft_chain){"input", NF_INET_LOCAL_IN, false};
	if (operation->aim.local_port_count == 0)
		rules->chains[rules->chain_count++] =
			(struct nft_chain){"forward", NF_INET_FORWARD, oif};
}

void nft_rules_list(const struct operation *operation, struct nft_rules *ret_rules)
{
	const struct aim *aim = &operation->aim;
	const bool reject = operation->filter.reject;

	memset(ret_rules, 0, sizeof(*ret_rules));
	list_chains(operation, ret_rules);
	if (!operation->filter.beginnings)
		add_spared(ret_rules, aim, reject);
	add_exceptions(ret_rules, aim);
	if (is_for_both(aim)) {
		add_meant(ret_rules, aim, 0, reject);
		return;
	}
	if (is_possible(aim, AF_INET))
		add_meant(ret_rules, aim, AF_INET, reject);
	if (is_possible(aim, AF_INET6))
		add_meant(ret_rules, aim, AF_INET6, reject);
}
