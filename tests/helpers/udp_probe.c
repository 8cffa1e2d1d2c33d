/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp_probe - what happens to datagrams between here and there, seen by an outsider.
 *
 *     udp_probe receive PORT IDLE_MS
 *     udp_probe send ADDRESS PORT COUNT INTERVAL_US SIZE
 *
 * The sender numbers datagrams from 0, stamps them and spaces them evenly. The receiver prints
 * "READY", then, once nothing has come for IDLE_MS after the first, one line for each in the order
 * of arrival: "NUMBER DELAY_US ARRIVED_US STATE". The delay ends, and the arrival since the first
 * one is, at the kernel's time, not at this program's. STATE is ok, or corrupt when not every bit
 * is as it was sent (the sender asks for no UDP checksum over IPv4, so that corrupt datagrams can
 * be seen).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SIZE_MAX_BYTES 1400
#define BUFFER_BYTES   (64 * 1024 * 1024)

struct probe {
	uint32_t number;
	uint32_t check; /* of the number, the time and the size */
	int64_t sent_ns;
};

struct arrival {
	uint32_t number;
	int corrupt;
	int64_t sent_ns;
	int64_t arrived_ns;
};

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static int64_t to_ns(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return to_ns(&now);
}

static uint32_t mix(uint32_t value)
{
	value ^= value >> 16;
	value *= 0x7feb352dU;
	value ^= value >> 15;
	value *= 0x846ca68bU;
	return value ^ (value >> 16);
}

static uint32_t check_of(const struct probe *probe, size_t size)
{
	return mix(probe->number ^ mix((uint32_t)probe->sent_ns ^
					   mix((uint32_t)(probe->sent_ns >> 32) + (uint32_t)size)));
}

static unsigned char filler(uint32_t number, size_t at)
{
	return (unsigned char)mix(number + (uint32_t)at);
}

static int is_intact(const unsigned char *data, size_t size, const struct probe *probe)
{
	if (probe->check != check_of(probe, size))
		return 0;
	for (size_t i = sizeof(*probe); i < size; i++) {
		if (data[i] != filler(probe->number, i))
			return 0;
	}
	return 1;
}

static int receive_one(int socket, struct arrival *arrival)
{
	unsigned char data[2048];
	char control[256];
	struct iovec vector = {data, sizeof(data)};
	struct msghdr message = {.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(socket, &message, MSG_DONTWAIT);
	struct timespec arrived = {0};
	struct probe probe;

	if (size < (ssize_t)sizeof(probe))
		return -1;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
		header = CMSG_NXTHDR(&message, header)) {
		if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&arrived, CMSG_DATA(header), sizeof(arrived));
	}
	memcpy(&probe, data, sizeof(probe));
	arrival->number = probe.number;
	arrival->corrupt = !is_intact(data, (size_t)size, &probe);
	arrival->sent_ns = probe.sent_ns;
	arrival->arrived_ns = to_ns(&arrived);
	return 0;
}

static void receive(const char *port, int idle_ms)
{
	struct sockaddr_in6 address = {
		.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
	const int on = 1;
	const int off = 0;
	const int buffer = BUFFER_BYTES;
	int socket_fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd waited = {.fd = socket_fd, .events = POLLIN};
	struct arrival *arrivals = NULL;
	size_t count = 0;
	size_t capacity = 0;

	if (socket_fd < 0 ||
		setsockopt(socket_fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
		setsockopt(socket_fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
		setsockopt(socket_fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) < 0 ||
		bind(socket_fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		fail("receive");
	puts("READY");
	fflush(stdout);
	while (poll(&waited, 1, count == 0 ? 20000 : idle_ms) == 1) {
		if (count == capacity) {
			capacity = capacity == 0 ? 1024 : capacity * 2;
			arrivals = realloc(arrivals, capacity * sizeof(*arrivals));
			if (arrivals == NULL)
				fail("realloc");
		}
		if (receive_one(socket_fd, &arrivals[count]) == 0)
			count++;
	}
	for (size_t i = 0; i < count; i++)
		printf("%u %.3f %.3f %s\n", arrivals[i].number,
			(double)(arrivals[i].arrived_ns - arrivals[i].sent_ns) / 1000.0,
			(double)(arrivals[i].arrived_ns - arrivals[0].arrived_ns) / 1000.0,
			arrivals[i].corrupt ? "corrupt" : "ok");
	free(arrivals);
	close(socket_fd);
}

static int connect_to(const char *host, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST};
	struct addrinfo *found;
	const int on = 1;
	int socket_fd;

	if (getaddrinfo(host, port, &hints, &found) != 0)
		fail(host);
	socket_fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket_fd < 0 || connect(socket_fd, found->ai_addr, found->ai_addrlen) < 0)
		fail(host);
	if (found->ai_family == AF_INET &&
		setsockopt(socket_fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)) < 0)
		fail("SO_NO_CHECK");
	freeaddrinfo(found);
	return socket_fd;
}

static void send_all(int socket_fd, uint32_t count, int64_t interval_ns, size_t size)
{
	unsigned char data[SIZE_MAX_BYTES];
	int64_t due = now_ns(CLOCK_MONOTONIC);

	for (uint32_t number = 0; number < count; number++, due += interval_ns) {
		struct timespec until = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
		struct probe probe = {.number = number};

		for (size_t i = sizeof(probe); i < size; i++)
			data[i] = filler(number, i);
		while (interval_ns != 0 &&
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
			;
		probe.sent_ns = now_ns(CLOCK_REALTIME);
		probe.check = check_of(&probe, size);
		memcpy(data, &probe, sizeof(probe));
		if (send(socket_fd, data, size, 0) < 0 && errno != ENOBUFS)
			fail("send");
	}
}

int main(int count, char **words)
{
	if (count == 4 && strcmp(words[1], "receive") == 0) {
		receive(words[2], atoi(words[3]));
		return 0;
	}
	if (count == 7 && strcmp(words[1], "send") == 0) {
		int socket_fd = connect_to(words[2], words[3]);
		long size = atol(words[6]);

		if (size < (long)sizeof(struct probe) || size > SIZE_MAX_BYTES) {
			fprintf(stderr, "SIZE must be %zu to %d\n", sizeof(struct probe),
				SIZE_MAX_BYTES);
			return 2;
		}
		send_all(socket_fd, (uint32_t)atol(words[4]), atol(words[5]) * 1000, (size_t)size);
		close(socket_fd);
		return 0;
	}
	fprintf(stderr, "usage: udp_probe receive PORT IDLE_MS\n"
			"       udp_probe send ADDRESS PORT COUNT INTERVAL_US SIZE\n");
	return 2;
}
