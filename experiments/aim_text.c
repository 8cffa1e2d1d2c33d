/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/aim_text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "experiments/nearest.h"
#include "experiments/quote.h"
#include "reports/mem.h"

#define PORT_MAX	65535
#define HOST_NAME_BYTES 253

struct name {
	const char *name;
	uint8_t value;
};

static unsigned int address_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* A number of at most so many digits and nothing else. */
static bool read_number(const char *text, size_t digits, unsigned long *ret_number)
{
	const size_t length = strlen(text);

	if (length == 0 || length > digits || strspn(text, "0123456789") != length)
		return false;
	*ret_number = strtoul(text, NULL, 10);
	return true;
}

static bool read_address(const char *text, struct aim_network *ret_network)
{
	memset(ret_network, 0, sizeof(*ret_network));
	ret_network->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	ret_network->prefix = (uint8_t)address_bits(ret_network->family);
	return inet_pton(ret_network->family, text, ret_network->address) == 1;
}

/* Clears what is behind the prefix; was there something? */
static bool clear_host(struct aim_network *network)
{
	bool any = false;

	for (unsigned int i = 0; i < sizeof(network->address); i++) {
		const unsigned int kept = network->prefix > 8 * i ? network->prefix - 8 * i : 0;
		const uint8_t mask = (uint8_t)(kept >= 8 ? 0xffU : 0xff00U >> kept);

		any = any || (network->address[i] & (uint8_t)~mask) != 0;
		network->address[i] &= mask;
	}
	return any;
}

/* The message names both things that may have been meant. */
static int refuse_host_bits(
	const char *text, const char *address, const struct aim_network *network, struct err *err)
{
	char base[INET6_ADDRSTRLEN] = "";

	inet_ntop(network->family, network->address, base, sizeof(base));
	return err_set(err, ERR_USAGE, 0,
		"%s is an address in a network: write %s/%u for the network, or %s for the address",
		quote(text).text, base, network->prefix, address);
}

int network_parse(const char *text, struct aim_network *ret_network, struct err *err)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];
	const size_t length = slash == NULL ? strlen(text) : (size_t)(slash - text);
	struct aim_network network;
	unsigned long prefix;

	if (length >= sizeof(address))
		return err_set(err, ERR_USAGE, 0, "'%s' is no IP address", quote(text).text);
	memcpy(address, text, length);
	address[length] = '\0';
	if (!read_address(address, &network))
		return err_set(err, ERR_USAGE, 0, "'%s' is no IP address", quote(address).text);
	if (slash != NULL) {
		const unsigned int bits = address_bits(network.family);

		if (!read_number(slash + 1, 3, &prefix) || prefix > bits)
			return err_set(err, ERR_USAGE, 0,
				"'%s': expected a number of bits from 0 to %u behind the slash",
				quote(text).text, bits);
		network.prefix = (uint8_t)prefix;
		if (clear_host(&network))
			return refuse_host_bits(text, address, &network, err);
	}
	*ret_network = network;
	return 0;
}

bool network_is_meant(const char *text)
{
	return strpbrk(text, "/:") != NULL || strspn(text, "0123456789.") == strlen(text);
}

int host_name_check(const char *text, struct err *err)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	if (*text == '\0' || *text == '-' || *text == '.' || strlen(text) > HOST_NAME_BYTES ||
		strspn(text, letters) != strlen(text))
		return err_set(err, ERR_USAGE, 0, "expected " PEER_EXPECTED ", not '%s'",
			quote(text).text);
	return 0;
}

static int read_port(const char *text, uint16_t *ret_port, struct err *err)
{
	unsigned long port;

	if (!read_number(text, 9, &port))
		return err_set(err, ERR_USAGE, 0, "expected " PORTS_EXPECTED);
	if (port == 0 || port > PORT_MAX)
		return err_set(
			err, ERR_USAGE, 0, "there is no port %lu, only 1 to %d", port, PORT_MAX);
	*ret_port = (uint16_t)port;
	return 0;
}

int ports_parse(const char *text, struct aim_ports *ret_ports, struct err *err)
{
	const char *hyphen = strchr(text, '-');
	struct aim_ports ports;
	char first[16];

	if (hyphen == NULL) {
		if (read_port(text, &ports.first, err) < 0)
			return err_prefix(err, "'%s'", quote(text).text);
		ports.last = ports.first;
	} else {
		if ((size_t)(hyphen - text) >= sizeof(first))
			return err_set(err, ERR_USAGE, 0, "'%s': expected " PORTS_EXPECTED,
				quote(text).text);
		memcpy(first, text, (size_t)(hyphen - text));
		first[hyphen - text] = '\0';
		if (read_port(first, &ports.first, err) < 0 ||
			read_port(hyphen + 1, &ports.last, err) < 0)
			return err_prefix(err, "'%s'", quote(text).text);
		if (ports.first > ports.last)
			return err_set(err, ERR_USAGE, 0,
				"'%s' goes from the higher port to the lower: write %u-%u",
				quote(text).text, ports.last, ports.first);
	}
	*ret_ports = ports;
	return 0;
}

static int find_name(const struct name *names, size_t count, const char *text, const char *expected,
	uint8_t *ret_value, struct err *err)
{
	struct nearest nearest = nearest_begin(text, strlen(text));

	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(names[i].name, text) == 0) {
			*ret_value = names[i].value;
			return 0;
		}
		nearest_offer(&nearest, names[i].name);
	}
	if (nearest.best != NULL)
		return err_set(err, ERR_USAGE, 0, "expected %s, not '%s' (did you mean '%s'?)",
			expected, quote(text).text, nearest.best);
	return err_set(err, ERR_USAGE, 0, "expected %s, not '%s'", expected, quote(text).text);
}

int protocol_parse(const char *text, uint8_t *ret_protocol, struct err *err)
{
	static const struct name names[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP},
		{"icmp", IPPROTO_ICMP}, {"sctp", IPPROTO_SCTP}};

	return find_name(names, ARRAY_SIZE(names), text, PROTOCOL_EXPECTED, ret_protocol, err);
}

/* RFC 2474 (class selectors), 2597 (assured forwarding), 3246 (expedited), 5865 and 8622. */
int dscp_parse(const char *text, uint8_t *ret_dscp, struct err *err)
{
	static const struct name names[] = {{"be", 0}, {"le", 1}, {"cs0", 0}, {"cs1", 8},
		{"cs2", 16}, {"cs3", 24}, {"cs4", 32}, {"cs5", 40}, {"cs6", 48}, {"cs7", 56},
		{"af11", 10}, {"af12", 12}, {"af13", 14}, {"af21", 18}, {"af22", 20}, {"af23", 22},
		{"af31", 26}, {"af32", 28}, {"af33", 30}, {"af41", 34}, {"af42", 36}, {"af43", 38},
		{"va", 44}, {"ef", 46}};
	unsigned long number;

	if (read_number(text, 9, &number)) {
		if (number > 63)
			return err_set(
				err, ERR_USAGE, 0, "expected " DSCP_EXPECTED ", not %lu", number);
		*ret_dscp = (uint8_t)number;
		return 0;
	}
	return find_name(names, ARRAY_SIZE(names), text, DSCP_EXPECTED, ret_dscp, err);
}

int family_parse(const char *text, uint8_t *ret_family, struct err *err)
{
	static const struct name names[] = {{"ipv4", AF_INET}, {"ipv6", AF_INET6}};

	return find_name(names, ARRAY_SIZE(names), text, FAMILY_EXPECTED, ret_family, err);
}

bool protocol_has_ports(uint8_t protocol)
{
	return protocol != IPPROTO_ICMP && protocol != IPPROTO_ICMPV6;
}

/* What was written into a stream of memory; without memory there is no text. */
static const char *take_text(FILE *stream, char **text, struct arena *arena)
{
	const char *taken = "";

	if (fclose(stream) == 0 && *text != NULL)
		taken = arena_strdup(arena, *text);
	free(*text);
	return taken;
}

const char *aim_text(const struct aim *aim, enum direction direction, struct arena *arena)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL)
		return "";
	aim_describe(aim, direction, stream);
	return take_text(stream, &text, arena);
}

const char *network_text(const struct aim_network *network, struct arena *arena)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL)
		return "";
	aim_network_describe(network, stream);
	return take_text(stream, &text, arena);
}
