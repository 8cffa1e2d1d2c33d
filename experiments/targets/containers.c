/* SPDX-License-Identifier: Apache-2.0 */
/* Containers of Docker and Podman, by their API. */
#include <errno.h>
#include <string.h>

#include "experiments/nearest.h"
#include "experiments/targets/container_match.h"
#include "experiments/targets/container_process.h"
#include "experiments/targets/docker_api.h"
#include "experiments/targets/sources.h"

/* As many names as a person will read in an error. */
#define NAMES_SHOWN 8

/* One of the selector's names, or, when it has none, the selector as a whole. */
struct wish {
	const char *name; /* NULL: any */
	bool found;
	const struct container *stopped; /* it matches, but does not run */
	struct nearest near;
};

/* What was seen on the way, for the messages. */
struct search {
	struct standby *standby;
	const struct selector *selector;
	struct arena arena;
	struct wish *wishes;
	size_t wish_count;
	const char **running;
	size_t running_count;
	size_t matches;	    /* running or not */
	size_t engines;	    /* that answered */
	struct err problem; /* of an engine that did not, and that nobody insisted on */
};

static int ask_for_list(struct docker_api *api, struct arena *arena,
	struct container_list *ret_list, struct err *err)
{
	cleanup_free char *body = NULL;
	size_t length;

	if (docker_api_get(api, "/containers/json?all=1", &body, &length, err) < 0)
		return -1;
	if (docker_parse_list(arena, body, length, ret_list, err) < 0)
		return err_prefix(err, "%s", docker_api_address(api));
	return 0;
}

static bool is_running(const struct container *container)
{
	return strcmp(container->state, "running") == 0;
}

static bool is_paused(const struct container *container)
{
	return strcmp(container->state, "paused") == 0;
}

static int ask_for_pid(
	struct docker_api *api, const struct container *container, pid_t *ret_pid, struct err *err)
{
	cleanup_free char *path = NULL;
	cleanup_free char *body = NULL;
	size_t length;

	/* The id goes into a URL, and comes from outside. */
	if (strspn(container->id, "0123456789abcdef") != strlen(container->id))
		return err_set(err, ERR_UNAVAILABLE, 0,
			"%s: the engine names a container with a strange id",
			docker_api_address(api));
	path = xasprintf("/containers/%s/json", container->id);
	if (docker_api_get(api, path, &body, &length, err) < 0)
		return -1;
	return docker_parse_pid(body, length, ret_pid, err);
}

static int pin_down(struct standby *standby, struct docker_api *api,
	const struct container *container, bool tolerant, struct instance *instance,
	struct err *err)
{
	pid_t pid;

	if (ask_for_pid(api, container, &pid, err) < 0)
		return -1;
	return container_process_find(standby, container->id, pid, tolerant, instance, err);
}

/* Adds the container with what its process tells. */
static int add_container(struct standby *standby, struct instance_list *list,
	struct docker_api *api, const char *runtime, const struct container *container,
	bool tolerant, struct err *err)
{
	struct instance found = {.kind = INSTANCE_CONTAINER, .runtime = runtime};

	if ((is_running(container) || is_paused(container)) &&
		pin_down(standby, api, container, tolerant, &found, err) < 0) {
		instance_release(&found);
		return err_prefix(err, "container '%s'", container->name);
	}
	found.id = xstrdup(container->id);
	found.name = xstrdup(container->name[0] != '\0' ? container->name : container->id);
	found.image = xstrdup(container->image);
	found.state = xstrdup(container->state);
	*instance_list_add(list) = found;
	return 0;
}

/* Notes which wishes the container fulfils; true when it is one. */
static bool grant_wishes(struct search *search, const struct container *container)
{
	const struct selector *selector = search->selector;
	const bool matches = container_matches(selector, container);
	bool wanted = false;

	for (size_t i = 0; i < search->wish_count; i++) {
		struct wish *wish = &search->wishes[i];
		const char *value = container_near_value(selector, wish->name, container);

		if (matches && (wish->name == NULL || container_is_named(container, wish->name))) {
			wanted = true;
			wish->found |= is_running(container);
			if (!is_running(container))
				wish->stopped = container;
		} else if (value != NULL) {
			nearest_offer(&wish->near, value);
		}
	}
	return wanted;
}

static int take_containers(struct search *search, struct docker_api *api, const char *runtime,
	struct instance_list *list, struct err *err)
{
	struct container_list containers;

	if (ask_for_list(api, &search->arena, &containers, err) < 0) {
		/* Another engine may have it. */
		search->problem = *err;
		return 0;
	}
	search->engines++;
	for (size_t i = 0; i < containers.count; i++) {
		const struct container *container = &containers.items[i];

		if (is_running(container)) {
			search->running = arena_grow(&search->arena, search->running,
				search->running_count, sizeof(*search->running));
			search->running[search->running_count++] = container->name;
		}
		if (!grant_wishes(search, container))
			continue;
		search->matches++;
		if (is_running(container) && add_container(search->standby, list, api, runtime,
						     container, false, err) < 0)
			return -1;
	}
	return 0;
}

static int search_engine(struct search *search, const struct docker_endpoint *endpoint,
	struct instance_list *list, struct err *err)
{
	struct err problem = {0};
	struct docker_api *api;
	int result;

	if (docker_api_new(endpoint, &api, err) < 0)
		return -1;
	result = take_containers(search, api, endpoint->runtime, list, &problem);
	docker_api_free(api);
	if (problem.code != ERR_NONE &&
		(endpoint->from_environment || search->selector->runtime != NULL))
		result = -1;
	if (result < 0)
		*err = problem;
	return result;
}

static int explain_stopped(const struct container *container, struct err *err)
{
	const char *advice = "start it";

	if (is_paused(container))
		advice = "unpause it";
	else if (strcmp(container->state, "restarting") == 0)
		advice = "its log should say why it does not stay up";
	return err_set(err, ERR_UNAVAILABLE, 0, "container '%s' is %s, not running: %s",
		container->name, container->state, advice);
}

/* A stopped engine leaves its socket behind: no reason to blame it when another one answers. */
static bool has_problem(const struct search *search)
{
	return search->problem.code != ERR_NONE &&
	       (search->problem.sys != ECONNREFUSED || search->engines == 0);
}

static int explain_missing(struct search *search, const struct wish *wish, struct err *err)
{
	const char *wanted = container_wanted(&search->arena, search->selector, wish->name);
	const char *names = "";

	if (wish->stopped != NULL)
		return explain_stopped(wish->stopped, err);
	if (has_problem(search)) {
		*err = search->problem;
		return -1;
	}
	if (wish->near.best != NULL)
		return err_set(err, ERR_UNAVAILABLE, 0, "no container has %s (did you mean '%s'?)",
			wanted, wish->near.best);
	if (search->running_count == 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"no container has %s; none is running here at all", wanted);
	for (size_t i = 0; i < search->running_count && i < NAMES_SHOWN; i++)
		names = arena_printf(
			&search->arena, "%s%s%s", names, i == 0 ? "" : ", ", search->running[i]);
	return err_set(err, ERR_UNAVAILABLE, 0, "no container has %s; running here: %s%s", wanted,
		names, search->running_count > NAMES_SHOWN ? ", … (see 'perturb targets')" : "");
}

static int judge(struct search *search, struct err *err)
{
	const char *id = search->selector->id;

	for (size_t i = 0; i < search->wish_count; i++)
		if (!search->wishes[i].found)
			return explain_missing(search, &search->wishes[i], err);
	if (id != NULL && container_id_prefix(id) && search->matches > 1)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"the id '%s' is ambiguous: %zu containers begin with it; give more digits",
			id, search->matches);
	return 0;
}

static void make_wishes(struct search *search)
{
	const struct selector *selector = search->selector;

	search->wish_count = selector->name_count != 0 ? selector->name_count : 1;
	search->wishes = arena_alloc(&search->arena, search->wish_count * sizeof(*search->wishes));
	for (size_t i = 0; i < search->wish_count; i++) {
		struct wish *wish = &search->wishes[i];
		const char *near;

		wish->name = selector->name_count != 0 ? selector->names[i] : NULL;
		near = container_near_wanted(selector, wish->name);
		wish->near = nearest_begin(near, strlen(near));
	}
}

static int no_engine(const char *runtime, struct err *err)
{
	return err_set(err, ERR_UNAVAILABLE, 0,
		"no container engine is here: no socket%s%s; start the engine, or say by "
		"DOCKER_HOST (Podman: CONTAINER_HOST) where it listens",
		runtime == NULL || strcmp(runtime, "docker") == 0 ? " /var/run/docker.sock" : "",
		runtime == NULL || strcmp(runtime, "podman") == 0 ? " /run/podman/podman.sock"
								  : "");
}

int containers_resolve(struct standby *standby, const struct selector *selector,
	struct instance_list *list, struct err *err)
{
	struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX];
	size_t count = docker_endpoints(selector->runtime, endpoints);
	struct search search = {.standby = standby, .selector = selector};
	int result = 0;

	if (count == 0)
		return no_engine(selector->runtime, err);
	make_wishes(&search);
	for (size_t i = 0; i < count && result == 0; i++)
		result = search_engine(&search, &endpoints[i], list, err);
	if (result == 0)
		result = judge(&search, err);
	arena_release(&search.arena);
	return result;
}

static int list_engine(struct standby *standby, const struct docker_endpoint *endpoint,
	struct instance_list *list, struct err *err)
{
	struct container_list containers;
	struct arena arena = {0};
	struct docker_api *api;
	int result;

	if (docker_api_new(endpoint, &api, err) < 0)
		return -1;
	result = ask_for_list(api, &arena, &containers, err);
	for (size_t i = 0; result == 0 && i < containers.count; i++) {
		struct err problem = {0};

		/* One that ends while it is looked at is not worth a word, but an engine that gets
		 * stuck must not be asked about every other container. */
		if (add_container(standby, list, api, endpoint->runtime, &containers.items[i], true,
			    &problem) < 0 &&
			problem.sys == ETIMEDOUT) {
			*err = problem;
			result = -1;
		}
	}
	arena_release(&arena);
	docker_api_free(api);
	return result;
}

int containers_list(struct standby *standby, struct instance_list *list, struct err *err)
{
	struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX];
	size_t count = docker_endpoints(NULL, endpoints);
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		struct err problem = {0};

		if (list_engine(standby, &endpoints[i], list, &problem) == 0)
			continue;
		/* As if its socket were not there. */
		if (!endpoints[i].from_environment && problem.sys == ECONNREFUSED)
			continue;
		*err = problem;
		result = -1;
	}
	return result;
}
