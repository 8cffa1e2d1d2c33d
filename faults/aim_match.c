/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/aim_match.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Do the first bits agree? */
static bool is_in(const struct aim_network *network, uint8_t family, const uint8_t *address)
{
	const unsigned int bytes = network->prefix / 8U;
	const unsigned int bits = network->prefix % 8U;
	const unsigned int mask = 0xff00U >> bits & 0xff;

	return network->family == family && memcmp(network->address, address, bytes) == 0 &&
	       (bits == 0 || ((network->address[bytes] ^ address[bytes]) & mask) == 0);
}

static bool is_any_port(const struct aim_ports *ports)
{
	return ports->first == 0 && ports->last == 0;
}

static bool has_port(const struct aim_ports *ports, uint16_t port)
{
	return port >= ports->first && port <= ports->last;
}

static bool is_peer(const struct aim *aim, const struct connection *connection)
{
	for (size_t i = 0; i < aim->peer_count; i++)
		if (is_in(&aim->peers[i], connection->family, connection->peer))
			return true;
	return aim->peer_count == 0;
}

static bool is_one_of(const struct aim_ports *ports, size_t count, uint16_t port)
{
	for (size_t i = 0; i < count; i++)
		if (has_port(&ports[i], port))
			return true;
	return count == 0;
}

static bool is_excepted(const struct aim_exception *exception, const struct connection *connection)
{
	return (exception->protocol == 0 || exception->protocol == IPPROTO_TCP) &&
	       (exception->peer.family == 0 ||
		       is_in(&exception->peer, connection->family, connection->peer)) &&
	       (is_any_port(&exception->peer_ports) ||
		       has_port(&exception->peer_ports, connection->peer_port)) &&
	       (is_any_port(&exception->local_ports) ||
		       has_port(&exception->local_ports, connection->local_port));
}

bool aim_matches_connection(const struct aim *aim, const struct connection *connection)
{
	if ((aim->protocol != 0 && aim->protocol != IPPROTO_TCP) ||
		(aim->family != 0 && aim->family != connection->family) ||
		!is_peer(aim, connection) ||
		!is_one_of(aim->peer_ports, aim->peer_port_count, connection->peer_port) ||
		!is_one_of(aim->local_ports, aim->local_port_count, connection->local_port))
		return false;
	for (size_t i = 0; i < aim->exception_count; i++)
		if (is_excepted(&aim->exceptions[i], connection))
			return false;
	return true;
}
