/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random aims and random packets, out of so few values that they often meet, and the answer whether
 * one is meant by the other: from what was put into the packet, not from its bytes.
 */
#ifndef TESTS_UNIT_AIM_SAMPLE_H
#define TESTS_UNIT_AIM_SAMPLE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "faults/aim.h"
#include "reports/mem.h"

#define SAMPLE_FRAME_MAX 1024

struct sample {
	int family; /* 0: neither IPv4 nor IPv6 */
	int tags;   /* VLAN tags in front */
	uint8_t source[16];
	uint8_t destination[16];
	uint8_t dscp;
	uint8_t protocol; /* as far as it can be known */
	bool later;	  /* a fragment that is not the first */
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t icmp_type;
	bool malformed; /* its first byte says something else than its Ethernet type */
	unsigned char frame[SAMPLE_FRAME_MAX];
	size_t length;
};

/* xorshift64*: the same on every machine, so that a failure can be repeated. */
static uint32_t roll(uint64_t *dice, uint32_t bound)
{
	*dice ^= *dice >> 12;
	*dice ^= *dice << 25;
	*dice ^= *dice >> 27;
	return (uint32_t)((*dice * 0x2545f4914f6cdd1dULL) >> 33) % bound;
}

static bool one_in(uint64_t *dice, uint32_t bound)
{
	return roll(dice, bound) == 0;
}

/* --- what packets and aims are made of --- */

static const uint8_t some_protocols[] = {IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP,
	IPPROTO_SCTP, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_DCCP, IPPROTO_UDPLITE, IPPROTO_ESP,
	IPPROTO_NONE};
static const uint8_t aimed_protocols[] = {
	IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP};
static const uint16_t some_ports[] = {1, 22, 53, 80, 443, 8000, 8050, 8100, 65535};
static const uint8_t some_dscps[] = {0, 0, 0, 10, 46, 63};

static void some_address(uint64_t *dice, int family, uint8_t *ret_address)
{
	static const uint8_t ipv4[][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}, {10, 0, 128, 1},
		{10, 9, 0, 1}, {192, 168, 7, 9}, {255, 255, 255, 255}};
	static const uint8_t last[] = {1, 2, 0x81};

	memset(ret_address, 0, 16);
	if (family == AF_INET) {
		memcpy(ret_address, ipv4[roll(dice, ARRAY_SIZE(ipv4))], 4);
		return;
	}
	memcpy(ret_address, "\xfd\x09", 2);
	ret_address[4] = (uint8_t)(roll(dice, 2) * 0x80);
	ret_address[9] = (uint8_t)(roll(dice, 2));
	ret_address[15] = last[roll(dice, ARRAY_SIZE(last))];
}

static struct aim_network some_network(uint64_t *dice)
{
	struct aim_network network = {.family = one_in(dice, 2) ? AF_INET : AF_INET6};
	const uint32_t bits = network.family == AF_INET ? 32 : 128;

	some_address(dice, network.family, network.address);
	network.prefix = (uint8_t)(one_in(dice, 2) ? bits : roll(dice, bits + 1));
	return network;
}

static struct aim_ports some_range(uint64_t *dice)
{
	uint16_t a = some_ports[roll(dice, ARRAY_SIZE(some_ports))];
	uint16_t b = one_in(dice, 2) ? a : some_ports[roll(dice, ARRAY_SIZE(some_ports))];

	return (struct aim_ports){.first = a < b ? a : b, .last = a < b ? b : a};
}

static void some_ranges(uint64_t *dice, struct aim_ports *ranges, uint8_t *count)
{
	*count = (uint8_t)(one_in(dice, 8) ? roll(dice, AIM_PORTS_MAX + 1) : roll(dice, 4));
	for (size_t i = 0; i < *count; i++)
		ranges[i] = some_range(dice);
}

static struct aim_exception some_exception(uint64_t *dice)
{
	struct aim_exception exception = {0};

	if (!one_in(dice, 3))
		exception.peer = some_network(dice);
	if (one_in(dice, 3))
		exception.peer_ports = some_range(dice);
	if (one_in(dice, 4))
		exception.local_ports = some_range(dice);
	if (one_in(dice, 2))
		exception.protocol = aimed_protocols[roll(dice, ARRAY_SIZE(aimed_protocols))];
	return exception;
}

static void some_aim(uint64_t *dice, struct aim *ret_aim)
{
	memset(ret_aim, 0, sizeof(*ret_aim));
	if (one_in(dice, 2))
		ret_aim->peer_count = (uint16_t)(one_in(dice, 20) ? roll(dice, AIM_NETWORKS_MAX + 1)
								  : roll(dice, 6));
	for (size_t i = 0; i < ret_aim->peer_count; i++)
		ret_aim->peers[i] = some_network(dice);
	if (one_in(dice, 3))
		some_ranges(dice, ret_aim->peer_ports, &ret_aim->peer_port_count);
	if (one_in(dice, 4))
		some_ranges(dice, ret_aim->local_ports, &ret_aim->local_port_count);
	if (one_in(dice, 3))
		ret_aim->exception_count = (uint8_t)roll(dice, AIM_EXCEPTIONS_MAX + 1);
	for (size_t i = 0; i < ret_aim->exception_count; i++)
		ret_aim->exceptions[i] = some_exception(dice);
	if (one_in(dice, 4))
		ret_aim->family = one_in(dice, 2) ? AF_INET : AF_INET6;
	if (one_in(dice, 3))
		ret_aim->protocol = aimed_protocols[roll(dice, ARRAY_SIZE(aimed_protocols))];
	ret_aim->has_dscp = one_in(dice, 5);
	if (ret_aim->has_dscp)
		ret_aim->dscp = some_dscps[roll(dice, ARRAY_SIZE(some_dscps))];
}

/* --- packets --- */

static void put8(struct sample *sample, uint32_t value)
{
	sample->frame[sample->length++] = (unsigned char)value;
}

static void put16(struct sample *sample, uint32_t value)
{
	put8(sample, value >> 8);
	put8(sample, value & 0xff);
}

static void put_some(uint64_t *dice, struct sample *sample, size_t count)
{
	while (count-- > 0)
		put8(sample, roll(dice, 256));
}

/* Of the same protocol, however it was cut; the payload of a later fragment looks like ports. */
static void put_payload(uint64_t *dice, struct sample *sample)
{
	sample->source_port = some_ports[roll(dice, ARRAY_SIZE(some_ports))];
	sample->destination_port = some_ports[roll(dice, ARRAY_SIZE(some_ports))];
	sample->icmp_type = (uint8_t)(one_in(dice, 2) ? 128 + roll(dice, 12) : 8);
	if (sample->protocol == IPPROTO_ICMP || sample->protocol == IPPROTO_ICMPV6) {
		put8(sample, sample->icmp_type);
		put_some(dice, sample, 7);
	} else {
		put16(sample, sample->source_port);
		put16(sample, sample->destination_port);
		put_some(dice, sample, 16);
	}
}

static void put_ipv4(uint64_t *dice, struct sample *sample)
{
	const size_t begin = sample->length;
	const uint32_t words = one_in(dice, 3) ? 5 + roll(dice, 11) : 5;
	/* the first of several, or whole */
	uint32_t fragment = one_in(dice, 4) ? 0x2000 : one_in(dice, 4) ? 0x4000 : 0;

	sample->later = one_in(dice, 6);
	if (sample->later)
		fragment = (one_in(dice, 2) ? 0x2000U : 0) | (1 + roll(dice, 0x1fff));
	sample->malformed = one_in(dice, 20);
	put8(sample, !sample->malformed ? 0x40 | words
		     : one_in(dice, 2)	? 0x40 | roll(dice, 5)
					: (5 + roll(dice, 11)) << 4 | words);
	put8(sample, (uint32_t)sample->dscp << 2 | roll(dice, 4));
	put16(sample, 4 * words + 20);
	put16(sample, roll(dice, 65536));
	put16(sample, fragment);
	put8(sample, 64);
	put8(sample, sample->protocol);
	put16(sample, 0);
	memcpy(sample->frame + begin + 12, sample->source, 4);
	memcpy(sample->frame + begin + 16, sample->destination, 4);
	sample->length += 8;
	put_some(dice, sample, 4 * (size_t)words - 20);
	put_payload(dice, sample);
}

/* An extension header, its first byte left to be filled in. */
static void put_extension(uint64_t *dice, struct sample *sample, uint8_t type)
{
	uint32_t units = roll(dice, 4);

	put8(sample, 0);
	if (type == IPPROTO_FRAGMENT) {
		uint32_t offset = sample->later ? 1 + roll(dice, 0x1fff) : 0;

		put8(sample, 0);
		put16(sample, offset << 3 | roll(dice, 8));
		put_some(dice, sample, 4);
	} else if (type == IPPROTO_AH) {
		put8(sample, 1 + units);
		put_some(dice, sample, 4 * (size_t)(units + 3) - 2);
	} else {
		put8(sample, units);
		put_some(dice, sample, 8 * (size_t)(units + 1) - 2);
	}
}

/* More than eight are too many to look behind. */
static void put_ipv6(uint64_t *dice, struct sample *sample)
{
	static const uint8_t types[] = {
		IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS, IPPROTO_AH, IPPROTO_FRAGMENT};
	const size_t begin = sample->length;
	size_t next = begin + 6;
	uint32_t count = one_in(dice, 3) ? 0 : one_in(dice, 8) ? roll(dice, 11) : roll(dice, 4);

	sample->malformed = one_in(dice, 20);
	put8(sample, (sample->malformed ? roll(dice, 6) << 4 : 0x60) | sample->dscp >> 2);
	put8(sample, (sample->dscp & 3U) << 6 | roll(dice, 64));
	put_some(dice, sample, 6);
	put_some(dice, sample, 32);
	memcpy(sample->frame + begin + 8, sample->source, 16);
	memcpy(sample->frame + begin + 24, sample->destination, 16);
	for (uint32_t i = 0; i < count && !sample->later; i++) {
		uint8_t type = types[roll(dice, ARRAY_SIZE(types))];

		if (i == 8) {
			sample->frame[next] = type;
			next = sample->length;
			put_extension(dice, sample, type);
			sample->frame[next] = sample->protocol;
			put_payload(dice, sample);
			sample->protocol = type;
			return;
		}
		sample->later = type == IPPROTO_FRAGMENT && one_in(dice, 2);
		sample->frame[next] = type;
		next = sample->length;
		put_extension(dice, sample, type);
	}
	/* what a later fragment continues cannot be known then */
	if (sample->later && one_in(dice, 4))
		sample->protocol = IPPROTO_DSTOPTS;
	sample->frame[next] = sample->protocol;
	put_payload(dice, sample);
}

/* The source's address can be chosen by who sends it. */
static void some_packet(uint64_t *dice, struct sample *ret_sample)
{
	static const uint16_t other_types[] = {0x0806, 0x88cc, 0x8847, 0x0801};
	uint32_t type = other_types[roll(dice, ARRAY_SIZE(other_types))];

	memset(ret_sample, 0, sizeof(*ret_sample));
	ret_sample->family = one_in(dice, 10) ? 0 : one_in(dice, 2) ? AF_INET : AF_INET6;
	ret_sample->tags = one_in(dice, 4) ? (int)roll(dice, 3) : 0;
	ret_sample->dscp = some_dscps[roll(dice, ARRAY_SIZE(some_dscps))];
	ret_sample->protocol = some_protocols[roll(dice, ARRAY_SIZE(some_protocols))];
	if (ret_sample->family != 0) {
		type = ret_sample->family == AF_INET ? 0x0800 : 0x86dd;
		some_address(dice, ret_sample->family, ret_sample->source);
		some_address(dice, ret_sample->family, ret_sample->destination);
	}
	ret_sample->length = 12;
	for (int i = 0; i < ret_sample->tags; i++) {
		put16(ret_sample, i == 0 && ret_sample->tags == 2 ? 0x88a8 : 0x8100);
		put16(ret_sample, roll(dice, 0xffff));
	}
	put16(ret_sample, type);
	if (ret_sample->family == AF_INET)
		put_ipv4(dice, ret_sample);
	else if (ret_sample->family == AF_INET6)
		put_ipv6(dice, ret_sample);
	else
		put_some(dice, ret_sample, 46);
}

/* --- the answer --- */

static bool is_in_network(const uint8_t *address, const struct aim_network *network)
{
	for (unsigned int bit = 0; bit < network->prefix; bit++) {
		unsigned int difference = address[bit / 8] ^ network->address[bit / 8];

		if ((difference >> (7 - bit % 8) & 1) != 0)
			return false;
	}
	return true;
}

static bool is_in_range(uint16_t port, const struct aim_ports *range)
{
	return port >= range->first && port <= range->last;
}

static bool is_in_a_range(uint16_t port, const struct aim_ports *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_in_range(port, &ranges[i]))
			return true;
	return count == 0;
}

static bool is_protocol(const struct sample *sample, uint8_t protocol)
{
	if (protocol == IPPROTO_ICMP && sample->family == AF_INET6)
		protocol = IPPROTO_ICMPV6;
	return protocol == 0 || sample->protocol == protocol;
}

static bool protocol_has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

static bool is_excepted(const struct sample *sample, const struct aim_exception *exception,
	const uint8_t *peer, uint16_t peer_port, uint16_t local_port)
{
	bool by_peer_port = exception->peer_ports.last != 0;
	bool by_local_port = exception->local_ports.last != 0;

	if (exception->peer.family != 0 && (exception->peer.family != sample->family ||
						   !is_in_network(peer, &exception->peer)))
		return false;
	if (!is_protocol(sample, exception->protocol))
		return false;
	if (!by_peer_port && !by_local_port)
		return true;
	if (!protocol_has_ports(sample->protocol))
		return false;
	return sample->later ||
	       ((!by_peer_port || is_in_range(peer_port, &exception->peer_ports)) &&
		       (!by_local_port || is_in_range(local_port, &exception->local_ports)));
}

/* Neighbour discovery is spared wherever something of IPv6 may be. */
static bool is_spared_discovery(const struct sample *sample, const struct aim *aim)
{
	if (sample->family != AF_INET6 || sample->protocol != IPPROTO_ICMPV6 || sample->later ||
		sample->icmp_type < 133 || sample->icmp_type > 137)
		return false;
	for (size_t i = 0; i < aim->exception_count; i++)
		if (aim->exceptions[i].peer.family != AF_INET)
			return true;
	return false;
}

static bool is_a_peer(const struct sample *sample, const struct aim *aim, const uint8_t *peer)
{
	for (size_t i = 0; i < aim->peer_count; i++)
		if (aim->peers[i].family == sample->family && is_in_network(peer, &aim->peers[i]))
			return true;
	return aim->peer_count == 0;
}

static bool is_meant(const struct sample *sample, const struct aim *aim, enum direction direction)
{
	const bool leaves = direction == DIRECTION_EGRESS;
	const uint8_t *peer = leaves ? sample->destination : sample->source;
	uint16_t peer_port = leaves ? sample->destination_port : sample->source_port;
	uint16_t local_port = leaves ? sample->source_port : sample->destination_port;
	bool by_ports = aim->peer_port_count != 0 || aim->local_port_count != 0;

	if (aim_is_everything(aim))
		return true;
	if (sample->family == 0 || sample->malformed ||
		(aim->family != 0 && aim->family != sample->family) ||
		(aim->has_dscp && aim->dscp != sample->dscp) ||
		!is_protocol(sample, aim->protocol) || !is_a_peer(sample, aim, peer) ||
		(by_ports && (!protocol_has_ports(sample->protocol) || sample->later)) ||
		!is_in_a_range(peer_port, aim->peer_ports, aim->peer_port_count) ||
		!is_in_a_range(local_port, aim->local_ports, aim->local_port_count) ||
		is_spared_discovery(sample, aim))
		return false;
	for (size_t i = 0; i < aim->exception_count; i++)
		if (is_excepted(sample, &aim->exceptions[i], peer, peer_port, local_port))
			return false;
	return true;
}

#endif
