/* SPDX-License-Identifier: Apache-2.0 */
/* Containers of Docker and Podman, by their API. */
#include <stdlib.h>
#include <string.h>

#include "experiments/nearest.h"
#include "experiments/pattern.h"
#include "experiments/targets/docker_answer.h"
#include "experiments/targets/docker_api.h"
#include "experiments/targets/sources.h"
#include "faults/proc.h"
#include "reports/mem.h"

/* Characters of an id that people are shown, and the fewest that select by it. */
#define ID_SHORT 12
#define ID_LEAST 4

static bool matches_names(const struct selector *selector, const struct container *container)
{
	if (selector->name_count == 0)
		return true;
	for (size_t i = 0; i < selector->name_count; i++)
		if (pattern_match(selector->names[i], container->name))
			return true;
	return false;
}

static bool is_id_prefix(const char *text)
{
	size_t length = strlen(text);

	return length >= ID_LEAST && strspn(text, "0123456789abcdef") == length;
}

static bool matches_id(const struct selector *selector, const struct container *container)
{
	if (selector->id == NULL)
		return true;
	if (is_id_prefix(selector->id))
		return strncmp(container->id, selector->id, strlen(selector->id)) == 0;
	return pattern_match(selector->id, container->id);
}

/* "nginx" also means nginx:latest, docker.io/library/nginx and nginx:1.25. */
static bool matches_image(const struct selector *selector, const struct container *container)
{
	cleanup_free char *name = NULL;
	const char *slash;
	char *colon;

	if (selector->image == NULL || pattern_match(selector->image, container->image))
		return true;
	slash = strrchr(container->image, '/');
	name = xstrdup(slash != NULL ? slash + 1 : container->image);
	if (pattern_match(selector->image, name))
		return true;
	colon = strrchr(name, ':');
	if (colon == NULL)
		return false;
	*colon = '\0';
	return pattern_match(selector->image, name);
}

/* Compose's own labels; podman-compose writes Docker's names, too, or its own. */
static bool matches_compose(
	const char *pattern, const struct container *container, const char *what)
{
	static const char *const prefixes[] = {"com.docker.compose.", "io.podman.compose."};

	if (pattern == NULL)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		char key[64];
		const char *value;

		snprintf(key, sizeof(key), "%s%s", prefixes[i], what);
		value = container_label(container, key);
		if (value != NULL)
			return pattern_match(pattern, value);
	}
	return false;
}

static bool matches_labels(const struct selector *selector, const struct container *container)
{
	for (size_t i = 0; i < selector->label_count; i++) {
		const struct label_selector *label = &selector->labels[i];
		const char *value = container_label(container, label->key);

		if (value == NULL || (label->value != NULL && !pattern_match(label->value, value)))
			return false;
	}
	return true;
}

static bool matches(const struct selector *selector, const struct container *container)
{
	return matches_names(selector, container) && matches_id(selector, container) &&
	       matches_image(selector, container) && matches_labels(selector, container) &&
	       matches_compose(selector->service, container, "service") &&
	       matches_compose(selector->project, container, "project");
}

static int ask_for_list(struct docker_api *api, struct arena *arena,
	struct container_list *ret_list, struct err *err)
{
	cleanup_free char *body = NULL;
	size_t length;

	if (docker_api_get(api, "/containers/json?all=1", &body, &length, err) < 0)
		return -1;
	return docker_parse_list(arena, body, length, ret_list, err);
}

static bool is_running(const struct container *container)
{
	return strcmp(container->state, "running") == 0;
}

static int ask_for_pid(
	struct docker_api *api, const struct container *container, pid_t *ret_pid, struct err *err)
{
	cleanup_free char *path = NULL;
	cleanup_free char *body = NULL;
	size_t length;

	/* The id goes into a URL, and comes from outside. */
	if (strspn(container->id, "0123456789abcdef") != strlen(container->id))
		return err_set(
			err, ERR_SYSTEM, 0, "the engine names a container with a strange id");
	path = xasprintf("/containers/%s/json", container->id);
	if (docker_api_get(api, path, &body, &length, err) < 0)
		return -1;
	return docker_parse_pid(body, length, ret_pid, err);
}

/* Adds the container with what its process tells. */
static int add_container(struct instance_list *list, struct docker_api *api, const char *runtime,
	const struct container *container, struct err *err)
{
	struct instance found = {.kind = INSTANCE_CONTAINER, .runtime = runtime};

	if (is_running(container) || strcmp(container->state, "paused") == 0) {
		if (ask_for_pid(api, container, &found.pid, err) < 0)
			return -1;
		if (found.pid == 0 || proc_start_time(found.pid, &found.start_time, err) < 0 ||
			proc_netns(found.pid, &found.netns_device, &found.netns_inode, err) < 0)
			return err_set(err, ERR_UNAVAILABLE, 0,
				"container '%s' has no process on this machine that may be seen: "
				"is "
				"%s here, and is this root?",
				container->name, runtime);
		snprintf(found.netns_path, sizeof(found.netns_path), "/proc/%d/ns/net",
			(int)found.pid);
	}
	found.id = xstrdup(container->id);
	found.name = xstrdup(container->name[0] != '\0' ? container->name : container->id);
	found.image = xstrdup(container->image);
	found.state = xstrdup(container->state);
	*instance_list_add(list) = found;
	return 0;
}

/* What was seen on the way, for the message when nothing matches. */
struct search {
	struct arena arena;
	const char *wanted;
	struct nearest near;
	const struct container *stopped; /* matched, but is not running */
	size_t seen;
	size_t ids; /* containers whose id begins as asked for */
};

static int search_engine(const struct docker_endpoint *endpoint, const struct selector *selector,
	struct search *search, struct instance_list *list, struct err *err)
{
	struct container_list containers;
	struct docker_api *api;
	int result = -1;

	if (docker_api_new(endpoint, &api, err) < 0)
		return -1;
	if (ask_for_list(api, &search->arena, &containers, err) < 0)
		goto out;
	for (size_t i = 0; i < containers.count; i++) {
		const struct container *container = &containers.items[i];

		search->seen++;
		if (!matches(selector, container)) {
			nearest_offer(&search->near, container->name);
			continue;
		}
		search->ids++;
		if (!is_running(container))
			search->stopped = container;
		else if (add_container(list, api, endpoint->runtime, container, err) < 0)
			goto out;
	}
	result = 0;
out:
	docker_api_free(api);
	return result;
}

static int nothing_found(const struct search *search, struct err *err)
{
	if (search->stopped != NULL)
		return err_set(err, ERR_UNAVAILABLE, 0, "container '%s' is %s, not running: %s it",
			search->stopped->name, search->stopped->state,
			strcmp(search->stopped->state, "paused") == 0 ? "unpause" : "start");
	if (search->near.best != NULL)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"no container matches '%s' (did you mean '%s'?)", search->wanted,
			search->near.best);
	return err_set(err, ERR_UNAVAILABLE, 0,
		"none of %zu containers matches '%s'; 'perturb targets' shows what there is",
		search->seen, search->wanted);
}

/* The criterion that a person would name when asked what is looked for. */
static const char *wanted(const struct selector *selector)
{
	if (selector->name_count != 0)
		return selector->names[0];
	if (selector->id != NULL)
		return selector->id;
	if (selector->service != NULL)
		return selector->service;
	if (selector->image != NULL)
		return selector->image;
	return selector->label_count != 0 ? selector->labels[0].key : "*";
}

int containers_resolve(const struct selector *selector, struct instance_list *list, struct err *err)
{
	struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX];
	size_t count = docker_endpoints(selector->runtime, endpoints);
	struct search search = {.wanted = wanted(selector)};
	int result = 0;

	search.near = nearest_begin(search.wanted, strlen(search.wanted));
	if (count == 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"no container engine is here: neither DOCKER_HOST nor a socket of Docker "
			"(/var/run/docker.sock) or Podman (/run/podman/podman.sock)");
	for (size_t i = 0; i < count && result == 0; i++)
		result = search_engine(&endpoints[i], selector, &search, list, err);
	if (result == 0 && list->count == 0)
		result = nothing_found(&search, err);
	else if (result == 0 && selector->id != NULL && is_id_prefix(selector->id) &&
		 search.ids > 1)
		result = err_set(err, ERR_UNAVAILABLE, 0,
			"the id '%s' is ambiguous: %zu containers begin with it; give more digits",
			selector->id, search.ids);
	arena_release(&search.arena);
	return result;
}

int containers_list(struct instance_list *list, struct err *err)
{
	struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX];
	size_t count = docker_endpoints(NULL, endpoints);
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		struct container_list containers;
		struct arena arena = {0};
		struct docker_api *api;

		if (docker_api_new(&endpoints[i], &api, err) < 0)
			return -1;
		if (ask_for_list(api, &arena, &containers, err) == 0) {
			for (size_t j = 0; j < containers.count; j++)
				(void)add_container(list, api, endpoints[i].runtime,
					&containers.items[j], NULL);
		} else if (endpoints[i].from_environment) {
			result = -1; /* the user named it */
		}
		arena_release(&arena);
		docker_api_free(api);
	}
	return result;
}
