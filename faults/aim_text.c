/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "faults/aim.h"
#include "reports/mem.h"

/* So many of a list are shown. */
#define SHOWN_MAX 8

/* What has been written to out: where a blank or a comma belongs. */
struct line {
	FILE *out;
	bool begun;
};

static void word(struct line *line, const char *text)
{
	fprintf(line->out, "%s%s", line->begun ? " " : "", text);
	line->begun = true;
}

void aim_network_describe(const struct aim_network *network, FILE *out)
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(network->family, network->address, text, sizeof(text));
	fputs(text, out);
	if (network->prefix != (network->family == AF_INET ? 32 : 128))
		fprintf(out, "/%u", network->prefix);
}

static void ports_describe(const struct aim_ports *ports, FILE *out)
{
	fprintf(out, "%u", ports->first);
	if (ports->last != ports->first)
		fprintf(out, "-%u", ports->last);
}

static void protocol_describe(struct line *line, uint8_t protocol)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {{IPPROTO_TCP, "tcp"}, {IPPROTO_UDP, "udp"}, {IPPROTO_ICMP, "icmp"},
		{IPPROTO_SCTP, "sctp"}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].number == protocol)
			word(line, names[i].name);
}

/* "to 10.0.0.1, 10.0.0.2 and 30 more" */
static void peers_describe(struct line *line, const struct aim *aim, enum direction direction)
{
	if (aim->peer_count == 0)
		return;
	word(line, direction == DIRECTION_EGRESS ? "to" : "from");
	for (size_t i = 0; i < aim->peer_count && i < SHOWN_MAX; i++) {
		fputs(i == 0 ? " " : ", ", line->out);
		aim_network_describe(&aim->peers[i], line->out);
	}
	if (aim->peer_count > SHOWN_MAX)
		fprintf(line->out, " and %d more", aim->peer_count - SHOWN_MAX);
}

static void port_list_describe(
	struct line *line, const char *name, const struct aim_ports *ports, size_t count)
{
	if (count == 0)
		return;
	word(line, name);
	for (size_t i = 0; i < count; i++) {
		fputs(i == 0 ? " " : ", ", line->out);
		ports_describe(&ports[i], line->out);
	}
}

static void exception_describe(const struct aim_exception *exception, FILE *out)
{
	struct line line = {.out = out};

	if (exception->peer.family != 0) {
		aim_network_describe(&exception->peer, out);
		line.begun = true;
	}
	port_list_describe(&line, "port", &exception->peer_ports, exception->peer_ports.last != 0);
	port_list_describe(
		&line, "local port", &exception->local_ports, exception->local_ports.last != 0);
	protocol_describe(&line, exception->protocol);
}

void aim_describe(const struct aim *aim, enum direction direction, FILE *out)
{
	struct line line = {.out = out};

	peers_describe(&line, aim, direction);
	port_list_describe(&line, "port", aim->peer_ports, aim->peer_port_count);
	port_list_describe(&line, "local port", aim->local_ports, aim->local_port_count);
	protocol_describe(&line, aim->protocol);
	if (aim->opening)
		word(&line, "opening a connection");
	if (aim->has_dscp) {
		word(&line, "dscp");
		fprintf(out, " %u", aim->dscp);
	}
	if (aim->family != 0)
		word(&line, aim->family == AF_INET ? "ipv4" : "ipv6");
	if (!line.begun)
		word(&line, "everything");
	for (size_t i = 0; i < aim->exception_count; i++) {
		fputs(i == 0 ? ", except " : "; ", out);
		exception_describe(&aim->exceptions[i], out);
	}
}
