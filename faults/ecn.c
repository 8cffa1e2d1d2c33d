/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/ecn.h"

#include <linux/if_ether.h>
#include <stdint.h>

#define TYPE_AT	    12 /* of an Ethernet frame, behind the two addresses */
#define VLAN_TAG    4
#define VLAN_TAGS   2
#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define CHECKSUM_AT 10 /* of an IPv4 header */
#define ECN_MASK    3U
#define ECN_MARKED  3U
#define NOT_CAPABLE 0U

/* Where the IP header is, and which. */
struct place {
	size_t at;
	unsigned int version; /* 0: there is none */
};

static unsigned int get_16(const unsigned char *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

static void put_16(unsigned char *at, unsigned int value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static struct place find_ip(const unsigned char *frame, size_t length)
{
	struct place place = {.at = TYPE_AT + 2};
	unsigned int type = 0;

	for (int tags = 0; place.at <= length; tags++) {
		type = get_16(frame + place.at - 2);
		if (tags == VLAN_TAGS || (type != ETH_P_8021Q && type != ETH_P_8021AD))
			break;
		place.at += VLAN_TAG;
	}
	if (place.at > length)
		return place;
	if (type == ETH_P_IP && length - place.at >= IPV4_HEADER && frame[place.at] >> 4 == 4)
		place.version = 4;
	if (type == ETH_P_IPV6 && length - place.at >= IPV6_HEADER && frame[place.at] >> 4 == 6)
		place.version = 6;
	return place;
}

/* The two bits end the second octet in IPv4, and the first quarter of it in IPv6. */
static unsigned int get_bits(const unsigned char *frame, const struct place *place)
{
	unsigned int octet = frame[place->at + 1];

	return (place->version == 4 ? octet : octet >> 4) & ECN_MASK;
}

bool ecn_is_capable(const unsigned char *frame, size_t length)
{
	struct place place = find_ip(frame, length);

	return place.version != 0 && get_bits(frame, &place) != NOT_CAPABLE;
}

/* The checksum is the complement of a sum of words, in which carries come back at the lower end:
 * what a word gains, it loses (RFC 1624). */
static void lower_checksum(unsigned char *at, unsigned int gain)
{
	unsigned int sum = (~get_16(at) & 0xffff) + gain;

	put_16(at, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
}

void ecn_mark(unsigned char *frame, size_t length)
{
	struct place place = find_ip(frame, length);
	unsigned char *octet = frame + place.at + 1;

	if (place.version == 4) {
		lower_checksum(
			frame + place.at + CHECKSUM_AT, ECN_MARKED - get_bits(frame, &place));
		*octet |= ECN_MARKED;
	} else if (place.version == 6) {
		*octet |= ECN_MARKED << 4;
	}
}
