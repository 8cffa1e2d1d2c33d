/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency_server - an HTTP server that answers late by plan, and that says how late it really was.
 *
 *     latency_server TRUTH MEDIAN_US SIGMA [STALL_AT_MS STALL_FOR_MS]
 *
 * Prints "READY PORT". Each request is answered after a time of its own: lognormal, with that
 * median and that standard deviation of its logarithm (0: always the median). During the stall,
 * which begins so long after the first request, requests are read and none is answered. At SIGTERM
 * it writes a line for each answer into the file TRUTH: the path, and the microseconds between the
 * moment when the request was read and that when the answer was written.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define CONNECTION_MAX 16384 /* also the highest descriptor */
#define ANSWER_MAX     4000000
#define NS_PER_MS      1000000LL
#define NS_PER_S       1000000000LL

struct connection {
	bool waits;
	long long read_ns;
	long long due_ns;
	char path[16];
	size_t length; /* of the request so far */
	char request[2048];
};

struct answer {
	char path[16];
	long long late_ns;
};

static struct connection *connections; /* by descriptor */
static struct answer *answers;
static size_t answer_count;
static int highest;
static double median_ns;
static double sigma;
static long long stall_at_ns = -1;
static long long stall_for_ns;
static long long first_ns;
static unsigned int seed = 1;

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static double uniform(void)
{
	return (rand_r(&seed) + 0.5) / (RAND_MAX + 1.0);
}

/* Box and Muller's: a standard normal variate. */
static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

static void stall_apply(struct connection *connection)
{
	long long begin = first_ns + stall_at_ns;

	if (stall_at_ns >= 0 && connection->due_ns >= begin &&
		connection->due_ns < begin + stall_for_ns)
		connection->due_ns = begin + stall_for_ns;
}

static void request_read(struct connection *connection)
{
	connection->read_ns = now_ns();
	if (first_ns == 0)
		first_ns = connection->read_ns;
	connection->due_ns = connection->read_ns + (long long)(median_ns * exp(sigma * normal()));
	stall_apply(connection);
	if (sscanf(connection->request, "GET %15s", connection->path) != 1)
		die("request");
	connection->length = 0;
	connection->waits = true;
}

static void on_readable(int fd)
{
	struct connection *connection = &connections[fd];
	ssize_t length = recv(fd, connection->request + connection->length,
		sizeof(connection->request) - 1 - connection->length, MSG_DONTWAIT);

	if (length <= 0) {
		if (length == 0 || errno != EAGAIN) {
			close(fd);
			connection->waits = false;
			connection->length = 0;
		}
		return;
	}
	connection->length += (size_t)length;
	connection->request[connection->length] = '\0';
	if (strstr(connection->request, "\r\n\r\n") != NULL)
		request_read(connection);
}

static void on_connection(int listener, int epoll)
{
	const int one = 1;
	int fd = accept(listener, NULL, NULL);
	struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};

	if (fd < 0 || fd >= CONNECTION_MAX)
		die("accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll_ctl");
	if (fd > highest)
		highest = fd;
}

static void answer_send(int fd)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
	struct connection *connection = &connections[fd];
	struct answer *answer = &answers[answer_count];

	(void)send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
	connection->waits = false;
	if (answer_count == ANSWER_MAX)
		return;
	memcpy(answer->path, connection->path, sizeof(answer->path));
	answer->late_ns = now_ns() - connection->read_ns;
	answer_count++;
}

/* Sends what is due, and sets the timer for what is next. */
static void answers_send(int timer)
{
	struct itimerspec spec = {.it_value = {0, 0}};
	long long next = 0;

	for (int fd = 0; fd <= highest; fd++) {
		if (!connections[fd].waits)
			continue;
		if (connections[fd].due_ns <= now_ns())
			answer_send(fd);
		else if (next == 0 || connections[fd].due_ns < next)
			next = connections[fd].due_ns;
	}
	spec.it_value.tv_sec = (time_t)(next / NS_PER_S);
	spec.it_value.tv_nsec = (long)(next % NS_PER_S);
	timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void serve(int listener, int signals)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	const int own[] = {listener, signals, timer};
	struct epoll_event events[64];

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		struct epoll_event event = {.events = EPOLLIN, .data = {.fd = own[i]}};

		if (epoll_ctl(epoll, EPOLL_CTL_ADD, own[i], &event) < 0)
			die("epoll_ctl");
	}
	for (;;) {
		int count = epoll_wait(epoll, events, 64, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == signals)
				return;
			if (events[i].data.fd == listener)
				on_connection(listener, epoll);
			else if (events[i].data.fd != timer)
				on_readable(events[i].data.fd);
		}
		answers_send(timer);
	}
}

static int listener_open(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 ||
		listen(listener, 4096) < 0 ||
		getsockname(listener, (struct sockaddr *)&address, &length) < 0)
		die("listen");
	printf("READY %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return listener;
}

int main(int argc, char **argv)
{
	sigset_t ended;
	FILE *truth;

	if (argc != 4 && argc != 6)
		return 2;
	median_ns = atof(argv[2]) * 1e3;
	sigma = atof(argv[3]);
	if (argc == 6) {
		stall_at_ns = atoll(argv[4]) * NS_PER_MS;
		stall_for_ns = atoll(argv[5]) * NS_PER_MS;
	}
	connections = calloc(CONNECTION_MAX, sizeof(*connections));
	answers = calloc(ANSWER_MAX, sizeof(*answers));
	truth = fopen(argv[1], "we");
	if (connections == NULL || answers == NULL || truth == NULL)
		die(argv[1]);
	sigemptyset(&ended);
	sigaddset(&ended, SIGTERM);
	sigprocmask(SIG_BLOCK, &ended, NULL);
	serve(listener_open(), signalfd(-1, &ended, SFD_CLOEXEC));
	for (size_t i = 0; i < answer_count; i++)
		fprintf(truth, "%s %lld\n", answers[i].path, answers[i].late_ns / 1000);
	return fclose(truth) == 0 ? 0 : 2;
}
