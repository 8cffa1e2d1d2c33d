/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/place.h"

#include <arpa/inet.h>
#include <string.h>

#include "experiments/number.h"

#define UNIX_PREFIX "unix:"
/* Those of host names, and the underscore that some have nevertheless. */
#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

static bool is_ipv6(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, text, &address) == 1;
}

static bool host_set(struct place *place, const char *text, size_t length)
{
	if (length == 0 || length >= sizeof(place->host))
		return false;
	memcpy(place->host, text, length);
	place->host[length] = '\0';
	return true;
}

static bool port_set(struct place *place, const char *text)
{
	uint32_t port;

	if (!number_whole(text, &port) || port == 0 || port > UINT16_MAX)
		return false;
	place->port = (uint16_t)port;
	return true;
}

/* What follows the host: ":PORT", or nothing when there is a standard. */
static bool rest_set(struct place *place, const char *text, uint16_t standard_port)
{
	if (*text == ':')
		return port_set(place, text + 1);
	place->port = standard_port;
	return *text == '\0' && standard_port != 0;
}

static bool parse_brackets(const char *text, uint16_t standard_port, struct place *place)
{
	const char *end = strchr(text, ']');

	return end != NULL && host_set(place, text + 1, (size_t)(end - text - 1)) &&
	       is_ipv6(place->host) && rest_set(place, end + 1, standard_port);
}

bool place_parse(const char *text, uint16_t standard_port, struct place *ret_place)
{
	const size_t host = strspn(text, HOST_CHARACTERS);

	memset(ret_place, 0, sizeof(*ret_place));
	if (*text == '[')
		return parse_brackets(text, standard_port, ret_place);
	if (standard_port != 0 && is_ipv6(text)) {
		ret_place->port = standard_port;
		return host_set(ret_place, text, strlen(text));
	}
	return host_set(ret_place, text, host) && rest_set(ret_place, text + host, standard_port);
}

bool place_parse_unix(const char *text, struct place *ret_place)
{
	const char *path = text + strlen(UNIX_PREFIX);

	if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) != 0 || *path != '/' ||
		strlen(path) >= sizeof(ret_place->path))
		return false;
	memset(ret_place, 0, sizeof(*ret_place));
	memcpy(ret_place->path, path, strlen(path));
	return true;
}

void place_read(struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, PLACE_EXPECTED, &scalar))
		return;
	if (!place_parse(scalar.text, 0, ret_value))
		err_list_add(decode->errors, node->loc, "%s: expected " PLACE_EXPECTED ", not '%s'",
			name, scalar_shown(&scalar).text);
}

bool place_peer(const struct place *place, uint8_t protocol, struct probe_peer *ret_peer)
{
	if (place->path[0] != '\0')
		return false;
	memcpy(ret_peer->host, place->host, sizeof(ret_peer->host));
	ret_peer->port = place->port;
	ret_peer->protocol = protocol;
	return true;
}
