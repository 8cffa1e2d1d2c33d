/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows - the round trips of several flows at the same time, seen by an outsider.
 *
 *     flows echo PORT…
 *     flows measure ROUNDS INTERVAL_MS FLOW…
 *
 * "echo" answers at the ports, by UDP and by TCP, IPv4 and IPv6, until it is ended; it prints
 * "READY" first. A flow is NAME,PROTOCOL,ADDRESS[,PORT[,LOCAL_PORT[,DSCP]]]; its protocol is udp,
 * tcp or icmp, 0 is any local port. In each round one packet of every flow is sent, and all answers
 * are awaited; one line for each flow then tells the median of its round trips: "NAME MS". A round
 * trip takes a second at most.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FLOWS_MAX   32
#define ROUNDS_MAX  1000
#define SOCKETS_MAX 64
#define LOST_NS	    1000000000

struct flow {
	const char *name;
	int socket;
	int family;
	bool icmp;
	int64_t times[ROUNDS_MAX];
};

/* What is sent: of ICMP behind its header. */
struct probe {
	union {
		struct icmphdr ipv4;
		struct icmp6_hdr ipv6;
	} icmp;
	uint32_t round;
};

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_until(int64_t when)
{
	struct timespec until = {.tv_sec = when / 1000000000, .tv_nsec = when % 1000000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		fail("setsockopt");
}

/* --- echo --- */

static int listen_at(const char *port, int type)
{
	struct sockaddr_in6 address = {
		.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		(type == SOCK_STREAM && listen(fd, 16) < 0))
		fail("bind");
	return fd;
}

/* False when the other side is gone. */
static bool answer(int fd)
{
	unsigned char data[2048];
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	ssize_t size = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &length);

	if (size <= 0)
		return false;
	(void)sendto(fd, data, (size_t)size, MSG_NOSIGNAL,
		length == 0 ? NULL : (const struct sockaddr *)&from, length);
	return true;
}

static void echo(int count, char **ports)
{
	struct pollfd waited[SOCKETS_MAX];
	nfds_t fixed = 0;
	nfds_t used;

	for (int i = 0; i < count; i++) {
		waited[fixed++] = (struct pollfd){listen_at(ports[i], SOCK_DGRAM), POLLIN, 0};
		waited[fixed++] = (struct pollfd){listen_at(ports[i], SOCK_STREAM), POLLIN, 0};
	}
	used = fixed;
	puts("READY");
	fflush(stdout);
	while (poll(waited, used, -1) > 0) {
		for (nfds_t i = 0; i < used; i++) {
			if (waited[i].revents == 0)
				continue;
			if (i < fixed && i % 2 == 1) {
				int fd = accept(waited[i].fd, NULL, NULL);

				if (fd < 0 || used == SOCKETS_MAX)
					continue;
				set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
				waited[used++] = (struct pollfd){fd, POLLIN, 0};
			} else if (!answer(waited[i].fd) && i >= fixed) {
				close(waited[i].fd);
				waited[i--] = waited[--used];
			}
		}
	}
}

/* --- measure --- */

static socklen_t make_address(
	int family, const char *text, int port, struct sockaddr_storage *ret_address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret_address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret_address;
	void *address = family == AF_INET ? (void *)&in->sin_addr : (void *)&in6->sin6_addr;

	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->ss_family = (sa_family_t)family;
	if (text != NULL && inet_pton(family, text, address) != 1)
		fail(text);
	in->sin_port = htons((uint16_t)port);
	return family == AF_INET ? sizeof(*in) : sizeof(*in6);
}

static void open_flow(struct flow *flow, const char *protocol, const char *peer, int port,
	int local_port, int dscp)
{
	const struct linger at_once = {.l_onoff = 1};
	const bool tcp = strcmp(protocol, "tcp") == 0;
	struct sockaddr_storage address;
	socklen_t length;

	flow->family = strchr(peer, ':') != NULL ? AF_INET6 : AF_INET;
	flow->icmp = strcmp(protocol, "icmp") == 0;
	if (flow->icmp)
		flow->socket = socket(flow->family, SOCK_RAW | SOCK_CLOEXEC,
			flow->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	else
		flow->socket =
			socket(flow->family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (flow->socket < 0)
		fail("socket");
	set(flow->socket, SOL_SOCKET, SO_REUSEADDR, 1);
	if (dscp != 0 && flow->family == AF_INET)
		set(flow->socket, IPPROTO_IP, IP_TOS, dscp << 2);
	else if (dscp != 0)
		set(flow->socket, IPPROTO_IPV6, IPV6_TCLASS, dscp << 2);
	length = make_address(flow->family, NULL, local_port, &address);
	if (local_port != 0 && bind(flow->socket, (const struct sockaddr *)&address, length) < 0)
		fail("bind");
	if (tcp) {
		set(flow->socket, IPPROTO_TCP, TCP_NODELAY, 1);
		if (setsockopt(flow->socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0)
			fail("setsockopt");
	}
	length = make_address(flow->family, peer, port, &address);
	if (connect(flow->socket, (const struct sockaddr *)&address, length) < 0)
		fail("connect");
}

static void read_flow(struct flow *flow, char *text)
{
	char *parts[6] = {NULL};
	int count = 0;

	for (char *part = strtok(text, ","); part != NULL && count < 6; part = strtok(NULL, ","))
		parts[count++] = part;
	if (count < 3) {
		fprintf(stderr, "flows: a flow is NAME,PROTOCOL,ADDRESS,…\n");
		exit(2);
	}
	flow->name = parts[0];
	open_flow(flow, parts[1], parts[2], count > 3 ? atoi(parts[3]) : 0,
		count > 4 ? atoi(parts[4]) : 0, count > 5 ? atoi(parts[5]) : 0);
}

/* The kernel computes the checksum of ICMPv6 only. */
static uint16_t checksum(const void *data, size_t length)
{
	const unsigned char *bytes = data;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void send_probe(const struct flow *flow, uint32_t round)
{
	struct probe probe;

	memset(&probe, 0, sizeof(probe));
	probe.round = round;
	if (!flow->icmp) {
		(void)send(flow->socket, &probe.round, sizeof(probe.round), MSG_NOSIGNAL);
		return;
	}
	if (flow->family == AF_INET) {
		probe.icmp.ipv4.type = ICMP_ECHO;
		probe.icmp.ipv4.checksum = checksum(&probe, sizeof(probe));
	} else {
		probe.icmp.ipv6.icmp6_type = ICMP6_ECHO_REQUEST;
	}
	(void)send(flow->socket, &probe, sizeof(probe), 0);
}

/* Is it the answer to that round's? A raw socket sees the IPv4 header, and every ICMP message. */
static bool is_answer(const struct flow *flow, uint32_t round)
{
	unsigned char data[2048];
	ssize_t size = recv(flow->socket, data, sizeof(data), MSG_DONTWAIT);
	uint32_t number;

	if (size < (ssize_t)sizeof(number) || (flow->icmp && size < (ssize_t)sizeof(struct probe)))
		return false;
	if (flow->icmp && flow->family == AF_INET6 && data[0] != ICMP6_ECHO_REPLY)
		return false;
	if (flow->icmp && flow->family == AF_INET &&
		data[(size_t)(data[0] & 15) * 4] != ICMP_ECHOREPLY)
		return false;
	memcpy(&number, data + size - (ssize_t)sizeof(number), sizeof(number));
	return number == round;
}

static void run_round(struct flow *flows, int count, uint32_t round)
{
	struct pollfd waited[FLOWS_MAX];
	const int64_t end = now_ns() + LOST_NS;
	int64_t sent[FLOWS_MAX];
	int64_t left;
	int open = count;

	for (int i = 0; i < count; i++) {
		waited[i] = (struct pollfd){flows[i].socket, POLLIN, 0};
		flows[i].times[round] = LOST_NS;
		sent[i] = now_ns();
		send_probe(&flows[i], round);
	}
	while (open > 0 && (left = end - now_ns()) > 0) {
		int64_t now;

		if (poll(waited, (nfds_t)count, (int)(left / 1000000) + 1) <= 0)
			continue;
		now = now_ns();
		for (int i = 0; i < count; i++) {
			if (waited[i].revents == 0 || !is_answer(&flows[i], round))
				continue;
			flows[i].times[round] = now - sent[i];
			waited[i].fd = -1;
			open--;
		}
	}
}

static int compare(const void *a, const void *b)
{
	const int64_t *left = a;
	const int64_t *right = b;

	return (*left > *right) - (*left < *right);
}

static void measure(int rounds, int interval_ms, int count, char **texts)
{
	static struct flow flows[FLOWS_MAX];
	int64_t median;
	int64_t due;

	for (int i = 0; i < count; i++)
		read_flow(&flows[i], texts[i]);
	due = now_ns();
	for (int round = 0; round < rounds; round++, due += (int64_t)interval_ms * 1000000) {
		sleep_until(due);
		run_round(flows, count, (uint32_t)round);
	}
	for (int i = 0; i < count; i++) {
		qsort(flows[i].times, (size_t)rounds, sizeof(int64_t), compare);
		median = flows[i].times[rounds / 2];
		printf("%s %.3f\n", flows[i].name, (double)median / 1e6);
		close(flows[i].socket);
	}
}

int main(int count, char **words)
{
	signal(SIGPIPE, SIG_IGN);
	if (count > 2 && strcmp(words[1], "echo") == 0 && 2 * (count - 2) < SOCKETS_MAX) {
		echo(count - 2, words + 2);
		return 0;
	}
	if (count > 4 && strcmp(words[1], "measure") == 0 && count - 4 <= FLOWS_MAX &&
		atoi(words[2]) > 0 && atoi(words[2]) <= ROUNDS_MAX) {
		measure(atoi(words[2]), atoi(words[3]), count - 4, words + 4);
		return 0;
	}
	fprintf(stderr, "usage: flows echo PORT…\n"
			"       flows measure ROUNDS INTERVAL_MS FLOW…\n");
	return 2;
}
