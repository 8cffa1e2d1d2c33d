/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/targets/docker_api.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "experiments/targets/docker_answer.h"
#include "reports/mem.h"

#define CONNECT_TIMEOUT_MS 2000L
#define ANSWER_TIMEOUT_MS  5000L
#define BODY_MAX	   ((size_t)16 * 1024 * 1024)

struct docker_api {
	CURL *curl;
	struct docker_endpoint endpoint;
	char base[256]; /* http://host */
	char *body;
	size_t length;
	char error[CURL_ERROR_SIZE];
};

static void add_endpoint(struct docker_endpoint *endpoints, size_t *count, const char *runtime,
	const char *address, int from_environment)
{
	struct docker_endpoint *endpoint = &endpoints[*count];

	if (*count == DOCKER_ENDPOINTS_MAX || strlen(address) >= sizeof(endpoint->address))
		return;
	endpoint->runtime = runtime;
	memcpy(endpoint->address, address, strlen(address) + 1);
	endpoint->from_environment = from_environment;
	(*count)++;
}

static void add_socket(
	struct docker_endpoint *endpoints, size_t *count, const char *runtime, const char *path)
{
	struct stat status;
	char address[256];

	if (stat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return;
	snprintf(address, sizeof(address), "unix://%s", path);
	add_endpoint(endpoints, count, runtime, address, 0);
}

size_t docker_endpoints(const char *runtime, struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX])
{
	const char *docker_host = getenv("DOCKER_HOST");
	const char *podman_host = getenv("CONTAINER_HOST");
	const char *user_directory = getenv("XDG_RUNTIME_DIR");
	size_t count = 0;
	char path[200];

	if (runtime == NULL || strcmp(runtime, "docker") == 0) {
		if (docker_host != NULL && docker_host[0] != '\0')
			add_endpoint(endpoints, &count, "docker", docker_host, 1);
		else
			add_socket(endpoints, &count, "docker", "/var/run/docker.sock");
	}
	if (runtime == NULL || strcmp(runtime, "podman") == 0) {
		if (podman_host != NULL && podman_host[0] != '\0') {
			add_endpoint(endpoints, &count, "podman", podman_host, 1);
		} else {
			add_socket(endpoints, &count, "podman", "/run/podman/podman.sock");
			if (user_directory != NULL && strlen(user_directory) < 160) {
				snprintf(path, sizeof(path), "%s/podman/podman.sock",
					user_directory);
				add_socket(endpoints, &count, "podman", path);
			}
		}
	}
	return count;
}

static size_t collect(char *data, size_t size, size_t count, void *argument)
{
	struct docker_api *api = argument;
	size_t length = size * count;
	char *moved;

	if (api->length + length > BODY_MAX)
		return 0;
	moved = realloc(api->body, api->length + length + 1);
	if (moved == NULL)
		return 0;
	api->body = moved;
	memcpy(api->body + api->length, data, length);
	api->length += length;
	api->body[api->length] = '\0';
	return length;
}

/* http://… for curl, and the socket's path apart. */
static int set_address(struct docker_api *api, struct err *err)
{
	const char *address = api->endpoint.address;

	if (strncmp(address, "unix://", 7) == 0) {
		snprintf(api->base, sizeof(api->base), "http://localhost");
		if (curl_easy_setopt(api->curl, CURLOPT_UNIX_SOCKET_PATH, address + 7) != CURLE_OK)
			return err_set(err, ERR_UNAVAILABLE, 0, "'%s' is no socket", address);
		return 0;
	}
	if (strncmp(address, "tcp://", 6) == 0) {
		snprintf(api->base, sizeof(api->base), "http://%.240s", address + 6);
		return 0;
	}
	return err_set(err, ERR_UNAVAILABLE, 0,
		"'%s' names no container engine: unix:///PATH or tcp://HOST:PORT is understood",
		address);
}

int docker_api_new(
	const struct docker_endpoint *endpoint, struct docker_api **ret_api, struct err *err)
{
	struct docker_api *api = xcalloc(1, sizeof(*api));

	api->endpoint = *endpoint;
	api->curl = curl_easy_init();
	if (api->curl == NULL || set_address(api, err) < 0) {
		if (api->curl == NULL)
			err_set(err, ERR_SYSTEM, 0, "cannot prepare a transfer");
		docker_api_free(api);
		return -1;
	}
	curl_easy_setopt(api->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(api->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(api->curl, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(api->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(api->curl, CURLOPT_TIMEOUT_MS, ANSWER_TIMEOUT_MS);
	curl_easy_setopt(api->curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(api->curl, CURLOPT_WRITEDATA, api);
	curl_easy_setopt(api->curl, CURLOPT_ERRORBUFFER, api->error);
	*ret_api = api;
	return 0;
}

void docker_api_free(struct docker_api *api)
{
	if (api == NULL)
		return;
	if (api->curl != NULL)
		curl_easy_cleanup(api->curl);
	free(api->body);
	free(api);
}

static int explain(const struct docker_api *api, CURLcode code, struct err *err)
{
	const char *address = api->endpoint.address;
	const char *runtime = api->endpoint.runtime;

	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"%s at %s does not answer within %ld s: is it overloaded or stuck?",
			runtime, address, ANSWER_TIMEOUT_MS / 1000);
	if (code == CURLE_COULDNT_CONNECT)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"cannot connect to %s at %s: is it running, and may this user ask it?",
			runtime, address);
	if (code == CURLE_WRITE_ERROR)
		return err_set(err, ERR_UNAVAILABLE, 0, "the answer of %s at %s is too long",
			runtime, address);
	return err_set(err, ERR_UNAVAILABLE, 0, "%s at %s gives no proper answer: %s", runtime,
		address, api->error[0] != '\0' ? api->error : curl_easy_strerror(code));
}

static int explain_status(const struct docker_api *api, long status, struct err *err)
{
	struct arena arena = {0};
	const char *message =
		api->length == 0 ? NULL : docker_parse_message(&arena, api->body, api->length);

	err_set(err, ERR_UNAVAILABLE, 0, "%s at %s answers HTTP %ld%s%.200s", api->endpoint.runtime,
		api->endpoint.address, status, message != NULL ? ": " : "",
		message != NULL ? message : "");
	arena_release(&arena);
	return -1;
}

int docker_api_get(struct docker_api *api, const char *path, char **ret_body, size_t *ret_length,
	struct err *err)
{
	cleanup_free char *url = xasprintf("%s%s", api->base, path);
	CURLcode code;
	long status = 0;

	free(api->body);
	api->body = NULL;
	api->length = 0;
	if (curl_easy_setopt(api->curl, CURLOPT_URL, url) != CURLE_OK)
		return err_set(err, ERR_SYSTEM, 0, "cannot ask for %s", url);
	code = curl_easy_perform(api->curl);
	if (code != CURLE_OK)
		return explain(api, code, err);
	curl_easy_getinfo(api->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return explain_status(api, status, err);
	if (api->body == NULL)
		return err_set(err, ERR_UNAVAILABLE, 0, "%s at %s gives an empty answer",
			api->endpoint.runtime, api->endpoint.address);
	*ret_body = steal_pointer(&api->body);
	*ret_length = api->length;
	return 0;
}
