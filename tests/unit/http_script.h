/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_script - an HTTP server for tests that misbehaves on request. It runs in a process of its
 * own, a thread per connection, on an ephemeral port of 127.0.0.1; the path says what it does.
 */
#ifndef TESTS_UNIT_HTTP_SCRIPT_H
#define TESTS_UNIT_HTTP_SCRIPT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Shared with the server's process. Times are nanoseconds of CLOCK_MONOTONIC. */
struct http_script {
	pid_t pid;
	int port;
	_Atomic int64_t trouble_from; /* /stall waits for its end, /flaky answers 503 */
	_Atomic int64_t trouble_until;
	_Atomic int connections;
	_Atomic int requests;
};

static inline int64_t script_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline void script_sleep_until(int64_t when)
{
	struct timespec until = {
		.tv_sec = (time_t)(when / 1000000000), .tv_nsec = (long)(when % 1000000000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
		;
}

static inline bool script_send(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		data += sent;
		length -= (size_t)sent;
	}
	return true;
}

static inline bool script_answer(int fd, int status, const char *extra, const char *body)
{
	char head[512];
	int length = snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n",
		status, strlen(body), extra);

	return script_send(fd, head, (size_t)length) && script_send(fd, body, strlen(body));
}

static inline bool script_endless(int fd)
{
	char junk[4096];

	memset(junk, 'x', sizeof(junk));
	if (!script_send(fd, "HTTP/1.1 200 X\r\nConnection: close\r\n\r\n", 38))
		return false;
	while (script_send(fd, junk, sizeof(junk)))
		;
	return false;
}

static inline void script_abort(int fd)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* Plays one request; false: the connection is to be closed. */
static inline bool script_play(struct http_script *script, int fd, const char *request)
{
	const char *path = strchr(request, ' ');
	int64_t now = script_now();
	bool trouble = now >= script->trouble_from && now < script->trouble_until;

	if (path == NULL)
		return false;
	path++;
	if (strncmp(path, "/delay/", 7) == 0) {
		script_sleep_until(now + atoll(path + 7) * 1000000);
		return script_answer(fd, 200, "", "late");
	}
	if (strncmp(path, "/status/", 8) == 0)
		return script_answer(fd, atoi(path + 8), "", atoi(path + 8) == 204 ? "" : "status");
	if (strncmp(path, "/stall ", 7) == 0) {
		if (trouble)
			script_sleep_until(script->trouble_until);
		return script_answer(fd, 200, "", "hello");
	}
	if (strncmp(path, "/flaky ", 7) == 0)
		return script_answer(fd, trouble ? 503 : 200, "", "hello");
	if (strncmp(path, "/never ", 7) == 0) {
		script_sleep_until(now + INT64_C(3600) * 1000000000);
		return false;
	}
	if (strncmp(path, "/hang ", 6) == 0) { /* only during the trouble */
		script_sleep_until(trouble ? now + INT64_C(3600) * 1000000000 : 0);
		return script_answer(fd, 200, "", "hello");
	}
	if (strncmp(path, "/garbage ", 9) == 0) {
		(void)script_send(fd, "certainly not HTTP\r\n\r\n", 22);
		return false;
	}
	if (strncmp(path, "/endless ", 9) == 0)
		return script_endless(fd);
	if (strncmp(path, "/reset ", 7) == 0) {
		script_abort(fd);
		return false;
	}
	if (strncmp(path, "/half ", 6) == 0) {
		(void)script_send(fd, "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf", 42);
		return false;
	}
	if (strncmp(path, "/loop ", 6) == 0)
		return script_answer(fd, 302, "Location: /loop\r\n", "");
	if (strncmp(path, "/moved ", 7) == 0)
		return script_answer(fd, 302, "Location: /ok\r\n", "");
	if (strncmp(path, "/json ", 6) == 0)
		return script_answer(fd, 200, "", "{\"orders\": [{\"id\": 7}], \"state\": \"up\"}");
	if (strncmp(path, "/echo ", 6) == 0)
		return script_answer(fd, 200, "", request);
	return script_answer(fd, 200, "", "hello");
}

struct script_connection {
	struct http_script *script;
	int fd;
};

/* Is the request that starts at text complete, with its body? */
static inline bool script_complete(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strstr(text, "Content-Length: ");

	if (end == NULL)
		return false;
	return length == NULL || length > end || strlen(end + 4) >= (size_t)atoll(length + 16);
}

static inline void *script_serve(void *data)
{
	struct script_connection connection = *(struct script_connection *)data;
	char request[8192];
	bool more = true;

	free(data);
	while (more) {
		size_t length = 0;

		request[0] = '\0';
		while (!script_complete(request)) {
			ssize_t got = recv(
				connection.fd, request + length, sizeof(request) - 1 - length, 0);

			if (got <= 0) {
				close(connection.fd);
				return NULL;
			}
			length += (size_t)got;
			request[length] = '\0';
		}
		connection.script->requests++;
		more = script_play(connection.script, connection.fd, request);
	}
	close(connection.fd);
	return NULL;
}

static inline _Noreturn void script_accept(struct http_script *script, int listener)
{
	for (;;) {
		struct script_connection *connection = malloc(sizeof(*connection));
		int on = 1;
		pthread_t thread;

		if (connection == NULL)
			_exit(1);
		connection->script = script;
		connection->fd = accept(listener, NULL, NULL);
		(void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		script->connections++;
		if (pthread_create(&thread, NULL, script_serve, connection) != 0)
			_exit(1);
		pthread_detach(thread);
	}
}

static inline struct http_script *script_start(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);
	struct http_script *script = mmap(
		NULL, sizeof(*script), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	if (script == MAP_FAILED || listener < 0 ||
		bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(listener, 1024) != 0 ||
		getsockname(listener, (struct sockaddr *)&address, &length) != 0)
		abort();
	script->port = ntohs(address.sin_port);
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		script_accept(script, listener);
	}
	script->pid = pid;
	close(listener);
	return script;
}

static inline void script_end(struct http_script *script)
{
	(void)kill(script->pid, SIGKILL);
	(void)waitpid(script->pid, NULL, 0);
	(void)munmap(script, sizeof(*script));
}

#endif
