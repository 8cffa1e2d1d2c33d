/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet_stream - sends numbered UDP packets from one network namespace to another, over several
 * links side by side, and writes what arrives, in the order of its arrival.
 *
 *     packet_stream FROM TO COUNT INTERVAL_US BATCH SIZE IDLE_MS OUT ADDRESS…
 *
 * FROM and TO are paths of namespaces. Every INTERVAL_US, BATCH packets with SIZE bytes of payload
 * go to each ADDRESS, until COUNT went to each. It ends when nothing arrived for IDLE_MS after the
 * last one. OUT/ADDRESS gets a line for each packet that arrived: its number, when it was sent and
 * when the kernel received it, in nanoseconds since the first was sent.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINKS_MAX   64
#define PAYLOAD_MAX 1472
#define MESSAGES    128
#define PORT	    9000
#define BUFFER	    (16 << 20)
#define NS_PER_US   1000LL
#define NS_PER_MS   1000000LL
#define NS_PER_SEC  1000000000LL

struct payload {
	uint32_t number;
	uint32_t unused;
	int64_t sent_ns;
};

struct link {
	const char *address;
	int in;
	int out;
	FILE *file;
};

static struct link links[LINKS_MAX];
static int link_count;
static int64_t start_ns;
static int64_t last_arrival_ns;

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

static void enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		fail(path);
	close(fd);
}

static int open_socket(
	const char *address, int option, int (*use)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	const int buffer = BUFFER;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (inet_pton(AF_INET, address, &name.sin_addr) != 1)
		fail(address);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, option, &buffer, sizeof(buffer)) < 0 ||
		use(fd, (const struct sockaddr *)&name, sizeof(name)) < 0)
		fail(address);
	return fd;
}

static int64_t arrival_of(struct msghdr *message)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
		header = CMSG_NXTHDR(message, header)) {
		struct timespec time;

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SO_TIMESTAMPNS)
			continue;
		memcpy(&time, CMSG_DATA(header), sizeof(time));
		return time.tv_sec * NS_PER_SEC + time.tv_nsec;
	}
	return now_ns();
}

static void note(const struct link *link, const char *data, struct msghdr *message)
{
	struct payload payload;

	memcpy(&payload, data, sizeof(payload));
	fprintf(link->file, "%" PRIu32 " %" PRId64 " %" PRId64 "\n", payload.number,
		payload.sent_ns - start_ns, arrival_of(message) - start_ns);
}

static void receive(const struct link *link)
{
	static char data[MESSAGES][2048];
	static char control[MESSAGES][256];
	struct iovec vectors[MESSAGES];
	struct mmsghdr messages[MESSAGES];
	int count;

	memset(messages, 0, sizeof(messages));
	do {
		for (int i = 0; i < MESSAGES; i++) {
			vectors[i] = (struct iovec){data[i], sizeof(data[i])};
			messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i],
				.msg_iovlen = 1,
				.msg_control = control[i],
				.msg_controllen = sizeof(control[i])};
		}
		count = recvmmsg(link->in, messages, MESSAGES, 0, NULL);
		for (int i = 0; i < count; i++)
			note(link, data[i], &messages[i].msg_hdr);
		if (count > 0)
			last_arrival_ns = now_ns();
	} while (count == MESSAGES);
}

/* Takes what arrives until then. */
static void receive_until(int64_t until)
{
	struct pollfd waited[LINKS_MAX];
	int64_t left;

	for (int i = 0; i < link_count; i++)
		waited[i] = (struct pollfd){.fd = links[i].in, .events = POLLIN};
	while ((left = until - now_ns()) > 0) {
		struct timespec timeout = {left / NS_PER_SEC, left % NS_PER_SEC};

		if (ppoll(waited, (nfds_t)link_count, &timeout, NULL) <= 0)
			continue;
		for (int i = 0; i < link_count; i++)
			if (waited[i].revents != 0)
				receive(&links[i]);
	}
}

/* Packets with the numbers from first on, at once. */
static void send_batch(const struct link *link, uint32_t first, uint32_t count, size_t size)
{
	static char data[MESSAGES][PAYLOAD_MAX];
	struct iovec vectors[MESSAGES];
	struct mmsghdr messages[MESSAGES];
	int sent;

	memset(messages, 0, sizeof(messages));
	for (uint32_t i = 0; i < count; i++) {
		struct payload payload = {.number = first + i, .sent_ns = now_ns()};

		memcpy(data[i], &payload, sizeof(payload));
		vectors[i] = (struct iovec){data[i], size};
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	for (uint32_t done = 0; done < count; done += (uint32_t)sent) {
		sent = sendmmsg(link->out, messages + done, count - done, 0);
		if (sent <= 0)
			fail("send");
	}
}

int main(int argc, char **argv)
{
	uint32_t count;
	int64_t interval;
	int64_t idle;
	uint32_t batch;
	size_t size;
	int64_t next;

	if (argc < 10 || argc - 9 > LINKS_MAX)
		return EXIT_FAILURE;
	count = (uint32_t)atol(argv[3]);
	interval = atol(argv[4]) * NS_PER_US;
	batch = (uint32_t)atol(argv[5]);
	size = (size_t)atol(argv[6]);
	idle = atol(argv[7]) * NS_PER_MS;
	if (size < sizeof(struct payload) || size > PAYLOAD_MAX || batch == 0 || batch > MESSAGES)
		return EXIT_FAILURE;
	enter(argv[2]);
	for (link_count = 0; link_count < argc - 9; link_count++) {
		struct link *link = &links[link_count];
		const int on = 1;
		char path[512];

		link->address = argv[9 + link_count];
		snprintf(path, sizeof(path), "%s/%s", argv[8], link->address);
		link->file = fopen(path, "we");
		if (link->file == NULL)
			fail(path);
		link->in = open_socket(link->address, SO_RCVBUFFORCE, bind);
		if (setsockopt(link->in, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
			fail("SO_TIMESTAMPNS");
	}
	enter(argv[1]);
	for (int i = 0; i < link_count; i++)
		links[i].out = open_socket(links[i].address, SO_SNDBUFFORCE, connect);
	start_ns = now_ns();
	next = start_ns;
	for (uint32_t number = 0; number < count;) {
		uint32_t left = count - number < batch ? count - number : batch;

		for (int at = 0; at < link_count; at++)
			send_batch(&links[at], number, left, size);
		number += left;
		next += interval;
		/* What could not be kept is not made up for: no burst that was not asked for. */
		if (next < now_ns())
			next = now_ns();
		receive_until(next);
	}
	last_arrival_ns = now_ns();
	while (now_ns() < last_arrival_ns + idle)
		receive_until(now_ns() + 10 * NS_PER_MS);
	for (int i = 0; i < link_count; i++)
		if (fclose(links[i].file) != 0)
			fail(links[i].address);
	return EXIT_SUCCESS;
}
