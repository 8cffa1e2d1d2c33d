/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/resolver_sockets.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/tcp.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults/nft.h"
#include "faults/nft_rule.h"

#define DNS_PORT 53

/* Before Docker's own rules for its embedded server, which are at -100 (NF_IP_PRI_NAT_DST). */
#define REDIRECT_PRIORITY (-110)
/* After connections are known (-200). */
#define MARK_PRIORITY (-150)

#define SO_RCVMARK_NUMBER 75 /* since Linux 5.19; the headers may be older */

#define BACKLOG	       128
#define RECEIVE_BUFFER 1048576

#define FLAGS_AT 13 /* of the TCP header */

/* --- sockets --- */

static void keep(struct resolver_sockets *sockets, const struct resolver_socket *socket,
	int descriptor, uint16_t port)
{
	sockets->sockets[sockets->count] = *socket;
	sockets->descriptors[sockets->count] = descriptor;
	sockets->ports[sockets->count++] = port;
}

/* A namespace may have no IPv6; then it needs none of ours. */
static bool is_missing(int error)
{
	return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

static int set(int descriptor, int level, int option, int value)
{
	return setsockopt(descriptor, level, option, &value, sizeof(value));
}

/* On the loopback address, at a port that the kernel chooses. */
static int bind_to_loopback(int descriptor, sa_family_t family, uint16_t *ret_port)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	struct sockaddr *address =
		family == AF_INET ? (struct sockaddr *)&in : (struct sockaddr *)&in6;
	socklen_t size = family == AF_INET ? sizeof(in) : sizeof(in6);

	if (bind(descriptor, address, size) < 0 || getsockname(descriptor, address, &size) < 0)
		return -1;
	*ret_port = ntohs(family == AF_INET ? in.sin_port : in6.sin6_port);
	return 0;
}

static int make(sa_family_t family, int type, int *ret_descriptor, struct err *err)
{
	*ret_descriptor = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK,
		type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP);
	if (*ret_descriptor >= 0)
		return 0;
	if (is_missing(errno))
		return 0;
	return err_set(err, ERR_SYSTEM, errno, "cannot make a socket for the resolver");
}

/* Where queries come in. What cannot be had for lack of IPv6 is left out. */
static int listen_at(struct resolver_sockets *sockets, struct resolver_socket *socket, bool by_mark,
	struct err *err)
{
	const bool udp = socket->role == RESOLVER_LISTEN_UDP;
	uint16_t port = 0;
	int descriptor;

	if (make(socket->family, udp ? SOCK_DGRAM : SOCK_STREAM, &descriptor, err) < 0)
		return -1;
	if (descriptor < 0)
		return 0;
	if ((socket->family == AF_INET6 && set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1) < 0) ||
		bind_to_loopback(descriptor, socket->family, &port) < 0 ||
		(!udp && listen(descriptor, BACKLOG) < 0)) {
		int error = errno;

		close(descriptor);
		if (is_missing(error) && socket->family == AF_INET6)
			return 0;
		return err_set(err, ERR_UNAVAILABLE, error,
			"cannot listen for queries on its loopback interface%s",
			error == EADDRNOTAVAIL ? " (is lo down there?)" : "");
	}
	(void)set(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
	if (by_mark && set(descriptor, SOL_SOCKET, SO_RCVMARK_NUMBER, 1) < 0) {
		close(descriptor);
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot receive marks");
	}
	keep(sockets, socket, descriptor, port);
	return 0;
}

/* For the queries of one server each, or, where marks can tell servers apart, of all. */
static int listen_for_datagrams(struct resolver_sockets *sockets, struct err *err)
{
	struct resolver_socket socket = {.role = RESOLVER_LISTEN_UDP, .family = AF_INET};
	struct err ignored;
	bool all = listen_at(sockets, &socket, true, &ignored) == 0;

	for (size_t i = 0; i < sockets->server_count; i++) {
		socket.server = sockets->servers[i];
		socket.family = socket.server.family;
		if ((!all || socket.family == AF_INET6) &&
			listen_at(sockets, &socket, false, err) < 0)
			return -1;
	}
	return 0;
}

/* Marked, so that the redirect lets them pass. */
static int make_forwarder(struct resolver_sockets *sockets, enum resolver_role role,
	sa_family_t family, struct err *err)
{
	const struct resolver_socket kept = {.role = role, .family = family};
	const bool udp = role == RESOLVER_FORWARD_UDP;
	int descriptor;

	if (make(family, udp ? SOCK_DGRAM : SOCK_STREAM, &descriptor, err) < 0)
		return -1;
	if (descriptor < 0)
		return 0;
	if (set(descriptor, SOL_SOCKET, SO_MARK, RESOLVER_MARK) < 0) {
		close(descriptor);
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot mark the resolver's packets");
	}
	if (udp) {
		/* Refusals come back at once instead of not at all. */
		(void)set(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
		(void)(family == AF_INET ? set(descriptor, IPPROTO_IP, IP_RECVERR, 1)
					 : set(descriptor, IPPROTO_IPV6, IPV6_RECVERR, 1));
	} else {
		(void)set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
	}
	keep(sockets, &kept, descriptor, 0);
	return 0;
}

static int make_owner(struct resolver_sockets *sockets, struct err *err)
{
	const struct resolver_socket kept = {.role = RESOLVER_OWNER};
	int descriptor;
	int error;

	sockets->owner = nl_socket_alloc();
	if (sockets->owner == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "netlink socket");
	nl_socket_disable_auto_ack(sockets->owner);
	error = nl_connect(sockets->owner, NETLINK_NETFILTER);
	if (error < 0)
		return err_set(err, ERR_UNAVAILABLE, 0, "netfilter: %s", nl_geterror(error));
	/* Its own is closed with the structure. */
	descriptor = dup(nl_socket_get_fd(sockets->owner));
	if (descriptor < 0)
		return err_set(err, ERR_SYSTEM, errno, "netlink socket");
	keep(sockets, &kept, descriptor, 0);
	return 0;
}

static int open_all(struct resolver_sockets *sockets, struct err *err)
{
	static const sa_family_t families[] = {AF_INET, AF_INET6};

	if (make_owner(sockets, err) < 0 || listen_for_datagrams(sockets, err) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		struct resolver_socket tcp = {.role = RESOLVER_LISTEN_TCP, .family = families[i]};

		if (listen_at(sockets, &tcp, false, err) < 0 ||
			make_forwarder(sockets, RESOLVER_FORWARD_UDP, families[i], err) < 0)
			return -1;
		for (size_t j = 0; j < RESOLVER_STREAMS_MAX; j++)
			if (make_forwarder(sockets, RESOLVER_FORWARD_STREAM, families[i], err) < 0)
				return -1;
	}
	return 0;
}

int resolver_sockets_open(void *data, struct err *err)
{
	struct resolver_sockets *sockets = data;

	if (open_all(sockets, err) == 0)
		return 0;
	resolver_sockets_close(sockets);
	return -1;
}

void resolver_sockets_close(struct resolver_sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++)
		close(sockets->descriptors[i]);
	sockets->count = 0;
	nl_socket_free(sockets->owner);
	sockets->owner = NULL;
}

/* --- the redirect --- */

static void match_server(struct nft_batch *batch, const struct resolver_socket *socket)
{
	const bool ipv4 = socket->family == AF_INET;
	const struct nft_part destination = {
		NFT_PAYLOAD_NETWORK_HEADER, ipv4 ? 16 : 24, ipv4 ? 4 : 16};

	nft_match_family(batch, ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
	if (socket->server.family != 0)
		nft_match_part(batch, &destination, NULL, NFT_CMP_EQ, socket->server.bytes);
}

/* Connections that there are already cannot be taken over. */
static void match_syn(struct nft_batch *batch)
{
	static const uint8_t mask = TH_SYN | TH_ACK | TH_RST | TH_FIN;
	static const uint8_t syn = TH_SYN;
	const struct nft_part flags = {NFT_PAYLOAD_TRANSPORT_HEADER, FLAGS_AT, 1};

	nft_match_part(batch, &flags, &mask, NFT_CMP_EQ, &syn);
}

static void add_redirect(
	struct nft_batch *batch, const struct resolver_socket *socket, uint16_t port)
{
	const bool udp = socket->role == RESOLVER_LISTEN_UDP;

	nft_rule_begin(batch, "output");
	nft_match_mark(batch, NFT_CMP_NEQ, RESOLVER_MARK);
	match_server(batch, socket);
	nft_match_protocol(batch, udp ? IPPROTO_UDP : IPPROTO_TCP);
	nft_match_destination_port(batch, DNS_PORT);
	if (!udp)
		match_syn(batch);
	nft_add_redirect(batch, port);
	nft_rule_end(batch);
}

static void add_mark(struct nft_batch *batch, uint16_t port)
{
	nft_rule_begin(batch, "input");
	nft_match_family(batch, NFPROTO_IPV4);
	nft_match_protocol(batch, IPPROTO_UDP);
	nft_match_destination_port(batch, port);
	nft_add_mark_of_server(batch);
	nft_rule_end(batch);
}

int resolver_sockets_redirect(
	const struct resolver_sockets *sockets, const char *table, struct err *err)
{
	static const struct nft_place output = {"nat", NF_INET_LOCAL_OUT, REDIRECT_PRIORITY};
	static const struct nft_place input = {"filter", NF_INET_LOCAL_IN, MARK_PRIORITY};
	struct nft_batch batch;
	int result;

	nft_begin(&batch, table);
	nft_chain(&batch, "input", &input);
	nft_chain(&batch, "output", &output);
	for (size_t i = 0; i < sockets->count; i++) {
		const struct resolver_socket *socket = &sockets->sockets[i];

		if (sockets->ports[i] == 0)
			continue;
		if (socket->role == RESOLVER_LISTEN_UDP && socket->server.family == 0)
			add_mark(&batch, sockets->ports[i]);
		add_redirect(&batch, socket, sockets->ports[i]);
	}
	result = nft_commit(&batch, sockets->owner, err);
	nft_release(&batch);
	return result;
}

void resolver_sockets_translate(struct nl_sock *socket, const char *table)
{
	static const struct nft_place output = {"nat", NF_INET_LOCAL_OUT, REDIRECT_PRIORITY};
	struct nft_batch batch;
	struct err ignored;

	nft_begin(&batch, table);
	nft_chain(&batch, "output", &output);
	/* Connections are tracked as long as a rule may need it, even one that nothing matches. */
	nft_rule_begin(&batch, "output");
	nft_match_mark(&batch, NFT_CMP_EQ, RESOLVER_MARK);
	nft_match_mark(&batch, NFT_CMP_NEQ, RESOLVER_MARK);
	nft_add_redirect(&batch, DNS_PORT);
	nft_rule_end(&batch);
	(void)nft_commit(&batch, socket, &ignored);
	nft_release(&batch);
}

void resolver_sockets_describe(const char *table, const char *separator, FILE *out)
{
	static const char *const protocols[] = {"udp dport 53", "tcp dport 53 tcp flags syn"};

	fprintf(out, "nft add table inet %s%s", table, separator);
	fprintf(out, "nft add chain inet %s output { type nat hook output priority %d \\; }%s",
		table, REDIRECT_PRIORITY, separator);
	for (size_t i = 0; i < 2; i++)
		fprintf(out, "nft add rule inet %s output meta mark != 0x%x %s redirect to :PORT%s",
			table, RESOLVER_MARK, protocols[i], i == 0 ? separator : "");
}
