/* SPDX-License-Identifier: Apache-2.0 */
/*
 * perturb-demo-services - the three small services that "perturb demo" experiments on.
 *
 *     perturb-demo-services users   ADDRESS PORT
 *     perturb-demo-services orders  ADDRESS PORT
 *     perturb-demo-services gateway ADDRESS PORT USERS-URL ORDERS-URL
 *
 * Writes "ready" to standard output once it listens, and serves until it is killed.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/demo-services/upstream.h"

/* A gateway must not wait for ever; longer than any delay of the demo. */
#define UPSTREAM_TIMEOUT_MS 2000

struct service {
	const char *role;
	const char *body; /* what a service of its own answers; NULL: the gateway */
	struct upstream *users;
	struct upstream *orders;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int status, void *body,
	size_t size, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(size, body, mode);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	if (MHD_add_response_header(response, "Content-Type", "application/json") == MHD_NO) {
		MHD_destroy_response(response);
		return MHD_NO;
	}
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_text(
	struct MHD_Connection *connection, unsigned int status, const char *text)
{
	return answer(
		connection, status, (void *)(uintptr_t)text, strlen(text), MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer_upstream(struct MHD_Connection *connection, struct upstream *upstream)
{
	char *body;
	size_t size;

	switch (upstream_get(upstream, &body, &size)) {
	case UPSTREAM_OK:
		return answer(connection, MHD_HTTP_OK, body, size, MHD_RESPMEM_MUST_FREE);
	case UPSTREAM_TIMEOUT:
		return answer_text(connection, MHD_HTTP_GATEWAY_TIMEOUT,
			"{\"error\": \"the service took too long\"}\n");
	case UPSTREAM_FAILED:
		break;
	}
	return answer_text(
		connection, MHD_HTTP_BAD_GATEWAY, "{\"error\": \"the service did not answer\"}\n");
}

static enum MHD_Result handle_request(void *data, struct MHD_Connection *connection,
	const char *path, const char *method, const char *version, const char *upload,
	size_t *upload_size, void **state)
{
	const struct service *service = data;

	(void)version;
	(void)upload;
	(void)upload_size;
	/* The first call announces the headers; an answer queued there would end the connection. */
	if (*state == NULL) {
		*state = data;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			"{\"error\": \"only GET is served\"}\n");
	if (strcmp(path, "/health") == 0)
		return answer_text(connection, MHD_HTTP_OK, "{\"status\": \"ok\"}\n");
	if (service->body != NULL)
		return answer_text(connection, MHD_HTTP_OK, service->body);
	if (strcmp(path, "/users") == 0)
		return answer_upstream(connection, service->users);
	if (strcmp(path, "/orders") == 0)
		return answer_upstream(connection, service->orders);
	return answer_text(connection, MHD_HTTP_NOT_FOUND,
		"{\"error\": \"try /users, /orders or /health\"}\n");
}

static int usage(void)
{
	fputs("usage: perturb-demo-services users|orders ADDRESS PORT\n"
	      "       perturb-demo-services gateway ADDRESS PORT USERS-URL ORDERS-URL\n",
		stderr);
	return 2;
}

static int parse_address(const char *host, const char *port, struct sockaddr_in *ret_address)
{
	char *end;
	unsigned long number = strtoul(port, &end, 10);

	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->sin_family = AF_INET;
	if (number == 0 || number > 65535 || *end != '\0' ||
		inet_pton(AF_INET, host, &ret_address->sin_addr) != 1)
		return -1;
	ret_address->sin_port = htons((uint16_t)number);
	return 0;
}

static int serve(struct service *service, const struct sockaddr_in *address)
{
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ERROR_LOG,
		0, NULL, NULL, handle_request, service, MHD_OPTION_SOCK_ADDR,
		(const struct sockaddr *)address, MHD_OPTION_CONNECTION_TIMEOUT, 60U,
		MHD_OPTION_END);

	if (daemon == NULL) {
		fprintf(stderr, "perturb-demo-services: %s cannot listen\n", service->role);
		return 3;
	}
	if (puts("ready") == EOF || fflush(stdout) != 0)
		return 3;
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	struct service service = {0};
	struct sockaddr_in address;

	if (argc < 4 || parse_address(argv[2], argv[3], &address) < 0)
		return usage();
	service.role = argv[1];
	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && strcmp(service.role, "users") == 0) {
		service.body =
			"[{\"id\": 1, \"name\": \"Ada\"}, {\"id\": 2, \"name\": \"Grace\"}]\n";
	} else if (argc == 4 && strcmp(service.role, "orders") == 0) {
		service.body = "[{\"id\": 7, \"user\": 1, \"item\": \"a slide rule\"}]\n";
	} else if (argc == 6 && strcmp(service.role, "gateway") == 0) {
		service.users = upstream_new(argv[4], UPSTREAM_TIMEOUT_MS);
		service.orders = upstream_new(argv[5], UPSTREAM_TIMEOUT_MS);
		if (service.users == NULL || service.orders == NULL) {
			fputs("perturb-demo-services: cannot set libcurl up\n", stderr);
			return 3;
		}
	} else {
		return usage();
	}
	return serve(&service, &address);
}
