/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/targets/docker_api.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "experiments/targets/docker_answer.h"
#include "reports/mem.h"

#define CONNECT_TIMEOUT_MS 2000L
#define ANSWER_TIMEOUT_MS  5000L
#define BODY_MAX	   ((size_t)16 * 1024 * 1024)

#define UNIX_SCHEME "unix://"
#define TCP_SCHEME  "tcp://"

struct docker_api {
	CURL *curl;
	struct docker_endpoint endpoint;
	char base[512];	 /* http://host */
	char place[640]; /* docker at unix:///… */
	char *body;	 /* not terminated */
	size_t length;
	size_t capacity;
	char error[CURL_ERROR_SIZE];
};

/* Where engines may be, as it is put together. */
struct endpoints {
	struct docker_endpoint *items;
	size_t count;
};

static void add_endpoint(
	struct endpoints *endpoints, const char *runtime, const char *address, int from_environment)
{
	struct docker_endpoint *endpoint = &endpoints->items[endpoints->count++];

	endpoint->runtime = runtime;
	endpoint->from_environment = from_environment;
	/* Whatever is longer than a socket's path or a host's name can be is in vain anyway. */
	snprintf(endpoint->address, sizeof(endpoint->address), "%s", address);
}

/* The path of the socket that an address means, or NULL. */
static const char *socket_path(const char *address)
{
	size_t length = strlen(UNIX_SCHEME);

	return strncmp(address, UNIX_SCHEME, length) == 0 ? address + length : NULL;
}

/* podman-docker makes Docker's socket a link to Podman's, and DOCKER_HOST may name Podman's: the
 * same engine, which must not be asked twice. */
static bool is_known(const struct endpoints *endpoints, const char *path)
{
	struct stat status;

	if (path == NULL || stat(path, &status) < 0)
		return false;
	for (size_t i = 0; i < endpoints->count; i++) {
		const char *known_path = socket_path(endpoints->items[i].address);
		struct stat known;

		if (known_path != NULL && stat(known_path, &known) == 0 &&
			known.st_dev == status.st_dev && known.st_ino == status.st_ino)
			return true;
	}
	return false;
}

static void add_socket(struct endpoints *endpoints, const char *runtime, const char *path)
{
	cleanup_free char *address = NULL;
	struct stat status;

	if (stat(path, &status) < 0 || !S_ISSOCK(status.st_mode) || is_known(endpoints, path))
		return;
	address = xasprintf(UNIX_SCHEME "%s", path);
	add_endpoint(endpoints, runtime, address, 0);
}

static void add_docker(struct endpoints *endpoints)
{
	const char *host = getenv("DOCKER_HOST");

	if (host != NULL && host[0] != '\0')
		add_endpoint(endpoints, "docker", host, 1);
	else
		add_socket(endpoints, "docker", "/var/run/docker.sock");
}

static void add_podman(struct endpoints *endpoints)
{
	const char *host = getenv("CONTAINER_HOST");
	const char *directory = getenv("XDG_RUNTIME_DIR");
	cleanup_free char *path = NULL;

	if (host != NULL && host[0] != '\0') {
		if (!is_known(endpoints, socket_path(host)))
			add_endpoint(endpoints, "podman", host, 1);
		return;
	}
	add_socket(endpoints, "podman", "/run/podman/podman.sock");
	if (directory != NULL) {
		path = xasprintf("%s/podman/podman.sock", directory);
		add_socket(endpoints, "podman", path);
	}
}

size_t docker_endpoints(const char *runtime, struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX])
{
	struct endpoints found = {.items = endpoints};

	if (runtime == NULL || strcmp(runtime, "docker") == 0)
		add_docker(&found);
	if (runtime == NULL || strcmp(runtime, "podman") == 0)
		add_podman(&found);
	return found.count;
}

static size_t collect(char *data, size_t size, size_t count, void *argument)
{
	struct docker_api *api = argument;
	size_t length = size * count;

	if (length > BODY_MAX - api->length)
		return 0;
	if (api->length + length > api->capacity) {
		size_t capacity = (api->length + length) * 2;
		char *moved = realloc(api->body, capacity);

		if (moved == NULL)
			return 0;
		api->body = moved;
		api->capacity = capacity;
	}
	memcpy(api->body + api->length, data, length);
	api->length += length;
	return length;
}

int docker_endpoint_set(const struct docker_endpoint *endpoint, CURL *easy, char *ret_base,
	size_t size, struct err *err)
{
	const char *address = endpoint->address;
	const char *path = socket_path(address);

	if (path != NULL) {
		snprintf(ret_base, size, "http://localhost");
		if (curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, path) != CURLE_OK)
			return err_set(err, ERR_UNAVAILABLE, 0, "'%s' is no socket", address);
		return 0;
	}
	if (strncmp(address, TCP_SCHEME, strlen(TCP_SCHEME)) == 0) {
		snprintf(ret_base, size, "http://%.500s", address + strlen(TCP_SCHEME));
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
	snprintf(api->place, sizeof(api->place), "%s at %s", endpoint->runtime, endpoint->address);
	api->curl = curl_easy_init();
	if (api->curl == NULL ||
		docker_endpoint_set(endpoint, api->curl, api->base, sizeof(api->base), err) < 0) {
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

const char *docker_api_address(const struct docker_api *api)
{
	return api->place;
}

static int explain_connect(const struct docker_api *api, struct err *err)
{
	long number = 0;

	curl_easy_getinfo(api->curl, CURLINFO_OS_ERRNO, &number);
	if (number == EACCES || number == EPERM)
		return err_set(err, ERR_UNAVAILABLE, (int)number,
			"cannot ask %s (run perturb as root, or as a member of the socket's group)",
			api->place);
	return err_set(err, ERR_UNAVAILABLE, (int)number, "cannot ask %s (is the engine running?)",
		api->place);
}

static int explain(const struct docker_api *api, CURLcode code, struct err *err)
{
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_set(err, ERR_UNAVAILABLE, ETIMEDOUT,
			"%s does not answer within %ld s (is the engine overloaded or stuck?)",
			api->place, ANSWER_TIMEOUT_MS / 1000);
	if (code == CURLE_COULDNT_CONNECT)
		return explain_connect(api, err);
	if (code == CURLE_WRITE_ERROR)
		return err_set(err, ERR_UNAVAILABLE, 0, "the answer of %s is longer than %zu MiB",
			api->place, BODY_MAX >> 20);
	return err_set(err, ERR_UNAVAILABLE, 0, "%s gives no proper answer: %s", api->place,
		api->error[0] != '\0' ? api->error : curl_easy_strerror(code));
}

static int explain_status(const struct docker_api *api, long status, struct err *err)
{
	struct arena arena = {0};
	const char *message =
		api->length == 0 ? NULL : docker_parse_message(&arena, api->body, api->length);

	err_set(err, ERR_UNAVAILABLE, 0, "%s answers HTTP %ld%s%.200s", api->place, status,
		message != NULL ? ": " : "", message != NULL ? message : "");
	arena_release(&arena);
	return -1;
}

int docker_api_begin(struct docker_api *api, const char *path, CURL **ret_easy, struct err *err)
{
	cleanup_free char *url = xasprintf("%s%s", api->base, path);

	free(api->body);
	api->body = NULL;
	api->length = 0;
	api->capacity = 0;
	if (curl_easy_setopt(api->curl, CURLOPT_URL, url) != CURLE_OK)
		return err_set(err, ERR_SYSTEM, 0, "cannot ask for %s", url);
	*ret_easy = api->curl;
	return 0;
}

int docker_api_end(
	struct docker_api *api, CURLcode code, char **ret_body, size_t *ret_length, struct err *err)
{
	long status = 0;

	if (code != CURLE_OK)
		return explain(api, code, err);
	curl_easy_getinfo(api->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return explain_status(api, status, err);
	if (api->body == NULL)
		return err_set(err, ERR_UNAVAILABLE, 0, "%s gives an empty answer", api->place);
	*ret_body = steal_pointer(&api->body);
	*ret_length = api->length;
	return 0;
}

int docker_api_get(struct docker_api *api, const char *path, char **ret_body, size_t *ret_length,
	struct err *err)
{
	CURL *easy;

	if (docker_api_begin(api, path, &easy, err) < 0)
		return -1;
	return docker_api_end(api, curl_easy_perform(easy), ret_body, ret_length, err);
}
