/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server - answers every request in the same way, for tests that need a service to measure.
 *
 *     http_server --listen ADDRESS:PORT [--delay MS] [--status N] [--body TEXT]
 *
 * Port 0 takes a free one, and [::1]:80 is IPv6. Prints "READY PORT" once it listens; serves until
 * it is killed.
 */
#include <getopt.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct answer {
	long delay_ms;
	unsigned int status;
	const char *body;
};

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **state)
{
	static char begun; /* only its address counts */
	const struct answer *answer = data;
	struct timespec delay = {
		.tv_sec = answer->delay_ms / 1000, .tv_nsec = answer->delay_ms % 1000 * 1000000};
	struct MHD_Response *response;
	enum MHD_Result result;

	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	/* Called first with the headers, then for each part of the body, then to answer. */
	if (*state == NULL) {
		*state = &begun;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		*upload_size = 0;
		return MHD_YES;
	}
	/* Each connection has a thread of its own. */
	while (nanosleep(&delay, &delay) != 0)
		;
	response = MHD_create_response_from_buffer(
		strlen(answer->body), (void *)(uintptr_t)answer->body, MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return MHD_NO;
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static _Noreturn void usage(const char *why)
{
	(void)fprintf(stderr,
		"http_server: %s\n"
		"usage: http_server --listen ADDRESS:PORT [--delay MS] [--status N] [--body "
		"TEXT]\n",
		why);
	exit(2);
}

static long number(const char *text, long maximum, const char *why)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end != '\0' || value < 0 || value > maximum)
		usage(why);
	return value;
}

/* A listening socket for "ADDRESS:PORT". */
static int listen_at(char *where)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char *colon = strrchr(where, ':');
	int on = 1;
	int fd;

	if (colon == NULL)
		usage("--listen wants ADDRESS:PORT");
	*colon = '\0';
	if (where[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		where++;
	}
	if (getaddrinfo(where, colon + 1, &hints, &found) != 0)
		usage("--listen wants a numeric address and port");
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
		perror("http_server: listen");
		exit(1);
	}
	freeaddrinfo(found);
	return fd;
}

/* Says that fd is listened at, and on which port. */
static int ready(int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof(address);
	char port[NI_MAXSERV];

	if (getsockname(fd, (struct sockaddr *)&address, &length) != 0 ||
		getnameinfo((struct sockaddr *)&address, length, NULL, 0, port, sizeof(port),
			NI_NUMERICSERV) != 0)
		return -1;
	printf("READY %s\n", port);
	return fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"listen", required_argument, NULL, 'l'},
		{"delay", required_argument, NULL, 'd'},
		{"status", required_argument, NULL, 's'},
		{"body", required_argument, NULL, 'b'},
		{NULL, 0, NULL, 0},
	};
	struct answer answer = {.status = MHD_HTTP_OK, .body = "ok\n"};
	char *where = NULL;
	int option, fd;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l')
			where = optarg;
		else if (option == 'd')
			answer.delay_ms = number(optarg, 3600000, "--delay wants milliseconds");
		else if (option == 's')
			answer.status = (unsigned int)number(optarg, 599, "--status wants a code");
		else if (option == 'b')
			answer.body = optarg;
		else
			usage("unknown option");
	}
	if (where == NULL || optind < argc)
		usage("--listen is missing, or there is too much");
	fd = listen_at(where);
	if (MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0,
		    NULL, NULL, handle, &answer, MHD_OPTION_LISTEN_SOCKET, fd,
		    MHD_OPTION_END) == NULL) {
		(void)fputs("http_server: cannot start\n", stderr);
		return 1;
	}
	if (ready(fd) != 0)
		return 1;
	for (;;)
		pause();
}
