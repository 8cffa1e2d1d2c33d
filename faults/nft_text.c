/* SPDX-License-Identifier: Apache-2.0 */
/* The rules as nft(8) writes them. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "faults/nft_filter.h"
#include "faults/nft_rules.h"

static bool is_egress(const struct operation *operation)
{
	return operation->direction == DIRECTION_EGRESS;
}

static void write_network(const struct aim_network *network, FILE *out)
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(network->family, network->address, text, sizeof(text));
	fputs(text, out);
	if (network->prefix != (network->family == AF_INET ? 32 : 128))
		fprintf(out, "/%u", network->prefix);
}

static void write_range(const struct aim_ports *ports, FILE *out)
{
	fprintf(out, "%u", ports->first);
	if (ports->last != ports->first)
		fprintf(out, "-%u", ports->last);
}

static void write_address_key(const struct operation *operation, uint8_t family, FILE *out)
{
	fprintf(out, " %s %s", family == AF_INET ? "ip" : "ip6",
		is_egress(operation) ? "daddr" : "saddr");
}

static void write_port_key(const struct operation *operation, bool local, FILE *out)
{
	fprintf(out, " th %s", is_egress(operation) != local ? "dport" : "sport");
}

static void write_peers(const struct operation *operation, uint8_t family, FILE *out)
{
	const char *separator = " { ";

	write_address_key(operation, family, out);
	for (size_t i = 0; i < operation->aim.peer_count; i++) {
		if (operation->aim.peers[i].family != family)
			continue;
		fputs(separator, out);
		write_network(&operation->aim.peers[i], out);
		separator = ", ";
	}
	fputs(" }", out);
}

static void write_ports(const struct operation *operation, bool local,
	const struct aim_ports *ports, size_t count, FILE *out)
{
	if (count == 0)
		return;
	write_port_key(operation, local, out);
	for (size_t i = 0; i < count; i++) {
		fputs(i == 0 ? " { " : ", ", out);
		write_range(&ports[i], out);
	}
	fputs(" }", out);
}

static void write_aim(const struct operation *operation, uint8_t family, FILE *out)
{
	const struct aim *aim = &operation->aim;

	if (aim->peer_count != 0)
		write_peers(operation, family, out);
	if (aim->has_dscp)
		fprintf(out, " %s dscp %u", family == AF_INET ? "ip" : "ip6", aim->dscp);
	write_ports(operation, false, aim->peer_ports, aim->peer_port_count, out);
	write_ports(operation, true, aim->local_ports, aim->local_port_count, out);
	if (operation->filter.limited)
		fprintf(out, " ct count over %" PRIu32, operation->filter.connections);
	if (operation->filter.beginnings)
		fputs(" tcp flags & (fin | syn | rst | ack) == syn", out);
}

static void write_exception(
	const struct operation *operation, const struct aim_exception *exception, FILE *out)
{
	if (exception->peer.family != 0) {
		write_address_key(operation, exception->peer.family, out);
		fputc(' ', out);
		write_network(&exception->peer, out);
	}
	write_ports(operation, false, &exception->peer_ports, exception->peer_ports.last != 0, out);
	write_ports(
		operation, true, &exception->local_ports, exception->local_ports.last != 0, out);
}

static void write_protocol(uint8_t protocol, FILE *out)
{
	switch (protocol) {
	case 0:
		break;
	case IPPROTO_TCP:
		fputs(" meta l4proto tcp", out);
		break;
	case IPPROTO_UDP:
		fputs(" meta l4proto udp", out);
		break;
	case NFT_ANY_WITH_PORTS:
		fputs(" meta l4proto { tcp, udp, sctp, dccp, udplite }", out);
		break;
	default:
		fprintf(out, " meta l4proto %u", protocol);
	}
}

static void write_subject(const struct operation *operation, const struct nft_rule *rule, FILE *out)
{
	switch (rule->subject) {
	case NFT_OF_AIM:
		write_aim(operation, rule->family, out);
		break;
	case NFT_OF_EXCEPTION:
		write_exception(operation, rule->exception, out);
		break;
	case NFT_OF_DISCOVERY:
		fputs(" icmpv6 type 133-137", out);
		break;
	case NFT_OF_RESETS:
		fputs(" tcp flags & rst == rst", out);
		break;
	case NFT_OF_UNREACHABLE:
		fprintf(out, " %s type destination-unreachable",
			rule->family == AF_INET ? "icmp" : "icmpv6");
		break;
	}
}

static const char *ending_text(enum nft_ending ending)
{
	switch (ending) {
	case NFT_PASSES:
		break;
	case NFT_DROPPED:
		return "counter drop";
	case NFT_RESET:
		return "counter reject with tcp reset";
	case NFT_PORT_UNREACHABLE:
		return "counter reject with icmpx port-unreachable";
	case NFT_HOST_UNREACHABLE:
		return "counter reject with icmpx host-unreachable";
	}
	return "accept";
}

static void write_rule(const struct operation *operation, const struct nft_chain *chain,
	const struct nft_rule *rule, FILE *out)
{
	const char *way = chain->oif ? "oif" : "iif";

	/* Names of interfaces come from outside; nft has no way to quote a quote. */
	if (operation->interface[0] != '\0')
		fprintf(out, "%sname \"%s\"", way, operation->interface);
	else
		fprintf(out, "%s != \"lo\"", way);
	if (rule->family != 0)
		fprintf(out, " meta nfproto %s", rule->family == AF_INET ? "ipv4" : "ipv6");
	write_protocol(rule->protocol, out);
	write_subject(operation, rule, out);
	fprintf(out, " %s; ", ending_text(rule->ending));
}

void nft_filter_describe(const struct operation *operation, FILE *out)
{
	struct nft_rules rules;

	nft_rules_list(operation, &rules);
	for (size_t i = 0; i < rules.chain_count; i++) {
		const struct nft_chain *chain = &rules.chains[i];

		fprintf(out, "%schain %s { type filter hook %s priority %" PRId32 "; ",
			i == 0 ? "" : "; ", chain->name, chain->name, rules.priority);
		for (size_t j = 0; j < rules.count; j++)
			write_rule(operation, chain, &rules.items[j], out);
		fputc('}', out);
	}
}
