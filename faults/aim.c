/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/aim.h"

#include <netinet/in.h>
#include <sys/socket.h>

bool aim_is_everything(const struct aim *aim)
{
	return aim->peer_count == 0 && aim->peer_port_count == 0 && aim->local_port_count == 0 &&
	       aim->exception_count == 0 && aim->family == 0 && aim->protocol == 0 &&
	       !aim->has_dscp && !aim->opening;
}

static bool family_is_valid(int family)
{
	return family == AF_INET || family == AF_INET6;
}

static bool network_is_valid(const struct aim_network *network)
{
	return family_is_valid(network->family) &&
	       network->prefix <= (network->family == AF_INET ? 32 : 128);
}

static bool ports_are_valid(const struct aim_ports *ports)
{
	return ports->first != 0 && ports->first <= ports->last;
}

/* Both zero: any. */
static bool excepted_ports_are_valid(const struct aim_ports *ports)
{
	return (ports->first == 0 && ports->last == 0) || ports_are_valid(ports);
}

static bool counts_are_valid(const struct aim *aim)
{
	return aim->peer_count <= AIM_NETWORKS_MAX && aim->peer_port_count <= AIM_PORTS_MAX &&
	       aim->local_port_count <= AIM_PORTS_MAX && aim->exception_count <= AIM_EXCEPTIONS_MAX;
}

static bool is_valid(const struct aim *aim)
{
	if (!counts_are_valid(aim) || (aim->family != 0 && !family_is_valid(aim->family)) ||
		(aim->has_dscp && aim->dscp > 63) || (aim->opening && aim->protocol != IPPROTO_TCP))
		return false;
	for (size_t i = 0; i < aim->peer_count; i++)
		if (!network_is_valid(&aim->peers[i]))
			return false;
	for (size_t i = 0; i < aim->peer_port_count; i++)
		if (!ports_are_valid(&aim->peer_ports[i]))
			return false;
	for (size_t i = 0; i < aim->local_port_count; i++)
		if (!ports_are_valid(&aim->local_ports[i]))
			return false;
	for (size_t i = 0; i < aim->exception_count; i++) {
		const struct aim_exception *exception = &aim->exceptions[i];

		if ((exception->peer.family != 0 && !network_is_valid(&exception->peer)) ||
			!excepted_ports_are_valid(&exception->peer_ports) ||
			!excepted_ports_are_valid(&exception->local_ports))
			return false;
	}
	return true;
}

int aim_check(const struct aim *aim, struct err *err)
{
	if (!is_valid(aim))
		return err_set(err, ERR_USAGE, 0, "this is no aim that perturb would make");
	return 0;
}
