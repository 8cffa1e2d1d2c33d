/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker_api - asking a container engine by its API socket (the Docker Engine API, which Podman
 * offers too).
 */
#ifndef EXPERIMENTS_TARGETS_DOCKER_API_H
#define EXPERIMENTS_TARGETS_DOCKER_API_H

#include <curl/curl.h>
#include <stddef.h>

#include "reports/err.h"

struct docker_api;

/* An engine that may be here. */
struct docker_endpoint {
	const char *runtime;  /* "docker" or "podman" */
	char address[512];    /* unix:///path or tcp://host:port */
	int from_environment; /* named by the user, so it must answer */
};

#define DOCKER_ENDPOINTS_MAX 4

/* Where engines may be: what DOCKER_HOST and CONTAINER_HOST name, else the usual sockets that
 * exist. runtime limits it to one kind (NULL: both). Returns how many. */
size_t docker_endpoints(
	const char *runtime, struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX]);

/* Points a transfer at an engine; what is asked for goes behind *ret_base in its URL.
 * ERR_UNAVAILABLE for an address that is not understood. */
int docker_endpoint_set(const struct docker_endpoint *endpoint, CURL *easy, char *ret_base,
	size_t size, struct err *err);

/* Prepares; connects only with the first question. */
int docker_api_new(
	const struct docker_endpoint *endpoint, struct docker_api **ret_api, struct err *err);
void docker_api_free(struct docker_api *api);

/* "docker at unix:///var/run/docker.sock", for messages. */
const char *docker_api_address(const struct docker_api *api);

/* GET path; *ret_body is heap, not terminated. ERR_UNAVAILABLE, with what to do, when nobody
 * answers within seconds, or not with success; sys is then the errno of connect(2), or ETIMEDOUT.
 */
int docker_api_get(struct docker_api *api, const char *path, char **ret_body, size_t *ret_length,
	struct err *err);

/* The same in two halves, for who has a transfer of his own: the easy handle, ready to ask for path
 * (it stays the api's), and what came of it. */
int docker_api_begin(struct docker_api *api, const char *path, CURL **ret_easy, struct err *err);
int docker_api_end(struct docker_api *api, CURLcode code, char **ret_body, size_t *ret_length,
	struct err *err);

#endif
