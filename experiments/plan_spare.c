/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/plan_spare.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "experiments/aim_text.h"
#include "experiments/host_name.h"
#include "experiments/probes/kind.h"
#include "faults/clock.h"

static bool same_ports(const struct aim_ports *a, const struct aim_ports *b)
{
	return a->first == b->first && a->last == b->last;
}

static bool same_exception(const struct aim_exception *a, const struct aim_exception *b)
{
	return memcmp(&a->peer, &b->peer, sizeof(a->peer)) == 0 && a->protocol == b->protocol &&
	       same_ports(&a->peer_ports, &b->peer_ports) &&
	       same_ports(&a->local_ports, &b->local_ports);
}

int plan_add_exception(struct aim *aim, const struct aim_exception *exception, struct err *err)
{
	for (size_t i = 0; i < aim->exception_count; i++)
		if (same_exception(&aim->exceptions[i], exception))
			return 0;
	if (aim->exception_count == AIM_EXCEPTIONS_MAX)
		return err_set(err, ERR_USAGE, 0,
			"except and spare: more than %d combinations of addresses and ports; name "
			"networks, such as 10.0.0.0/8, and ranges",
			AIM_EXCEPTIONS_MAX);
	aim->exceptions[aim->exception_count++] = *exception;
	return 0;
}

static struct aim_ports one_port(uint16_t port)
{
	return (struct aim_ports){.first = port, .last = port};
}

/* What goes between here and there, as somebody at one of its ends sees it. */
static int spare_connection(struct aim *aim, const struct aim_network *peer, uint8_t protocol,
	uint16_t peer_port, uint16_t local_port, struct err *err)
{
	struct aim_exception exception;

	memset(&exception, 0, sizeof(exception));
	exception.peer = *peer;
	exception.protocol = protocol;
	if (peer_port != 0)
		exception.peer_ports = one_port(peer_port);
	if (local_port != 0)
		exception.local_ports = one_port(local_port);
	return plan_add_exception(aim, &exception, err);
}

int plan_spare_ssh(const struct ssh_session *session, struct aim *aim, struct err *err)
{
	if (spare_connection(aim, &session->client, IPPROTO_TCP, session->client_port,
		    session->server_port, err) < 0)
		return -1;
	return spare_connection(aim, &session->server, IPPROTO_TCP, session->server_port,
		session->client_port, err);
}

/* --- probes --- */

static socklen_t make_address(
	const struct aim_network *network, uint16_t port, struct sockaddr_storage *ret_address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret_address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret_address;

	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->ss_family = network->family;
	if (network->family == AF_INET) {
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, network->address, sizeof(in->sin_addr));
		return sizeof(*in);
	}
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, network->address, sizeof(in6->sin6_addr));
	return sizeof(*in6);
}

/* The address that this host would connect from: the kernel knows it once a datagram socket is
 * connected, which sends nothing. */
static bool find_source(
	const struct aim_network *server, uint16_t port, struct aim_network *ret_source)
{
	struct sockaddr_storage address;
	socklen_t length = make_address(server, port, &address);
	int fd = socket(server->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 && connect(fd, (const struct sockaddr *)&address, length) == 0 &&
		     getsockname(fd, (struct sockaddr *)&address, &length) == 0;

	if (fd >= 0)
		close(fd);
	if (!found)
		return false;
	*ret_source = *server;
	if (server->family == AF_INET)
		memcpy(ret_source->address, &((struct sockaddr_in *)&address)->sin_addr, 4);
	else
		memcpy(ret_source->address, &((struct sockaddr_in6 *)&address)->sin6_addr, 16);
	return true;
}

static int find_servers(const char *host, int64_t deadline_ns, struct aim_network *ret_servers,
	size_t *ret_count, struct err *err)
{
	const int64_t left = (deadline_ns - monotonic_ns()) / 1000000;
	struct err ignored;

	*ret_count = 1;
	if (network_parse(host, ret_servers, &ignored) == 0)
		return 0;
	return host_name_resolve(host, left > 1 ? (int)left : 1, ret_servers, ret_count, err);
}

int plan_spare_probe(
	const struct probe *probe, int64_t deadline_ns, struct aim *aim, struct err *err)
{
	struct aim_network servers[HOST_ADDRESSES_MAX];
	struct aim_network source;
	struct probe_peer place;
	size_t count;

	if (probe->kind->peer == NULL || !probe->kind->peer(probe->settings, &place))
		return 0; /* nothing of it goes through the network, as far as can be told */
	if (find_servers(place.host, deadline_ns, servers, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (spare_connection(aim, &servers[i], place.protocol, place.port, 0, err) < 0 ||
			(find_source(&servers[i], place.port, &source) &&
				spare_connection(aim, &source, place.protocol, 0, place.port, err) <
					0))
			return -1;
	}
	return 0;
}
