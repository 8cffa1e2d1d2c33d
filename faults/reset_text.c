/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/reset_text.h"

#include <arpa/inet.h>

#include "faults/shell.h"

static void write_ports(
	const char *name, const struct aim_ports *ports, size_t count, bool *first, FILE *out)
{
	if (count == 0)
		return;
	fprintf(out, "%s(", *first ? "" : " and ");
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s( %s ge :%u and %s le :%u )", i == 0 ? " " : " or ", name,
			ports[i].first, name, ports[i].last);
	fputs(" )", out);
	*first = false;
}

static void write_peers(const struct aim *aim, bool *first, FILE *out)
{
	char address[INET6_ADDRSTRLEN];

	if (aim->peer_count == 0)
		return;
	fputs("(", out);
	for (size_t i = 0; i < aim->peer_count; i++) {
		const struct aim_network *peer = &aim->peers[i];
		const bool v6 = peer->family == AF_INET6;

		inet_ntop(peer->family, peer->address, address, sizeof(address));
		fprintf(out, "%s dst %s%s%s/%u", i == 0 ? "" : " or", v6 ? "[" : "", address,
			v6 ? "]" : "", peer->prefix);
	}
	fputs(" )", out);
	*first = false;
}

void reset_describe(const struct operation *operation, FILE *out)
{
	const struct aim *aim = &operation->aim;
	bool first = true;

	fputs("nsenter --net=", out);
	shell_quote(operation->netns_path, out);
	fprintf(out, " ss --kill --tcp%s state %s",
		aim->family == AF_INET	  ? " -4"
		: aim->family == AF_INET6 ? " -6"
					  : "",
		reset_states[operation->reset.states]);
	if (aim->peer_count == 0 && aim->peer_port_count == 0 && aim->local_port_count == 0)
		return;
	fputs(" '", out);
	write_peers(aim, &first, out);
	write_ports("dport", aim->peer_ports, aim->peer_port_count, &first, out);
	write_ports("sport", aim->local_ports, aim->local_port_count, &first, out);
	fputs("'", out);
}
