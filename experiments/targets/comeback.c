/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/targets/comeback.h"

#include <string.h>

#include "experiments/probes/http_client.h"
#include "experiments/targets/container_match.h"
#include "experiments/targets/container_process.h"
#include "experiments/targets/docker_answer.h"
#include "experiments/targets/docker_api.h"
#include "reports/mem.h"

#define INTERVAL_NS INT64_C(100000000)

/* Beyond it, asking about all containers is cheaper than naming those that are meant. */
#define FILTER_MAX 2048

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

enum question { QUESTION_NONE, QUESTION_LIST, QUESTION_PID };

/* One engine. It is asked one thing at a time. */
struct awaited_engine {
	struct http_transfer transfer; /* the first member: it leads back here */
	struct comebacks *comebacks;
	struct docker_endpoint endpoint;
	struct docker_api *api;
	struct loop_timer timer;
	enum question question;
	struct comeback *asked_about; /* QUESTION_PID; NULL: forgotten meanwhile */
	char id[COMEBACK_ID_MAX];     /* QUESTION_PID: of the container that is asked about */
	bool by_id;		      /* the last list was asked for by ids, not by names */
	bool silent;		      /* said to be */
};

struct comebacks {
	struct loop *loop;
	struct standby *standby;
	struct http_client *client;
	comeback_note *note;
	void *data;
	struct comeback *first;
	struct awaited_engine engines[DOCKER_ENDPOINTS_MAX];
	size_t engine_count;
};

static bool is_of(const struct comeback *comeback, const struct awaited_engine *engine)
{
	return strcmp(comeback->lost->runtime, engine->endpoint.runtime) == 0;
}

static bool is_needed(const struct awaited_engine *engine)
{
	for (const struct comeback *comeback = engine->comebacks->first; comeback != NULL;
		comeback = comeback->next)
		if (is_of(comeback, engine))
			return true;
	return false;
}

static void note(const struct awaited_engine *engine, const char *text)
{
	engine->comebacks->note(engine->comebacks->data, text);
}

static void ask_later(struct awaited_engine *engine)
{
	engine->question = QUESTION_NONE;
	if (is_needed(engine))
		loop_arm(engine->comebacks->loop, &engine->timer, clock_now() + INTERVAL_NS);
}

static void ask(struct awaited_engine *engine, enum question question, const char *path)
{
	loop_disarm(engine->comebacks->loop, &engine->timer);
	if (docker_api_begin(engine->api, path, &engine->transfer.easy, NULL) < 0 ||
		curl_easy_setopt(engine->transfer.easy, CURLOPT_PRIVATE, &engine->transfer) !=
			CURLE_OK ||
		!http_client_add(engine->comebacks->client, &engine->transfer))
		ask_later(engine);
	else
		engine->question = question;
}

/* The names or the ids that are awaited, as a filter of the engine's: {"name":["web","users"]},
 * encoded. NULL: better no filter. */
static char *list_filter(const struct awaited_engine *engine)
{
	char *filter = xasprintf("%%7B%%22%s%%22%%3A%%5B", engine->by_id ? "id" : "name");
	const char *separator = "";

	for (const struct comeback *comeback = engine->comebacks->first; comeback != NULL;
		comeback = comeback->next) {
		const char *name = engine->by_id ? comeback->lost->id : comeback->lost->name;
		char *longer;

		if (!is_of(comeback, engine))
			continue;
		if (strspn(name, NAME_CHARACTERS) != strlen(name) ||
			strlen(filter) + strlen(name) > FILTER_MAX) {
			free(filter);
			return NULL;
		}
		longer = xasprintf("%s%s%%22%s%%22", filter, separator, name);
		free(filter);
		filter = longer;
		separator = "%2C";
	}
	return filter;
}

/* By turns: one that is made anew has the name, one that was renamed and restarted the id; the
 * engine has no filter for either. */
static void ask_for_list(struct awaited_engine *engine)
{
	cleanup_free char *filter = NULL;
	cleanup_free char *path = NULL;

	engine->by_id = !engine->by_id;
	filter = list_filter(engine);

	if (filter == NULL)
		path = xstrdup("/containers/json?all=1");
	else
		path = xasprintf("/containers/json?all=1&filters=%s%%5D%%7D", filter);
	ask(engine, QUESTION_LIST, path);
}

/* The id is one that passed take_candidates. */
static void ask_for_next_pid(struct awaited_engine *engine)
{
	for (struct comeback *comeback = engine->comebacks->first; comeback != NULL;
		comeback = comeback->next) {
		cleanup_free char *path = NULL;

		if (comeback->candidate[0] == '\0' || !is_of(comeback, engine))
			continue;
		path = xasprintf("/containers/%s/json", comeback->candidate);
		snprintf(engine->id, sizeof(engine->id), "%s", comeback->candidate);
		comeback->candidate[0] = '\0';
		engine->asked_about = comeback;
		ask(engine, QUESTION_PID, path);
		return;
	}
	ask_later(engine);
}

static void set_candidate(struct comeback *comeback, const struct container *container)
{
	snprintf(comeback->candidate, sizeof(comeback->candidate), "%s", container->id);
	snprintf(comeback->name, sizeof(comeback->name), "%s",
		container->name[0] != '\0' ? container->name : comeback->lost->name);
}

/* Notes which of the containers could be those that are awaited. */
static void take_candidates(struct awaited_engine *engine, const struct container_list *list)
{
	for (struct comeback *comeback = engine->comebacks->first; comeback != NULL;
		comeback = comeback->next) {
		const struct instance *lost = comeback->lost;

		for (size_t i = 0; is_of(comeback, engine) && i < list->count; i++) {
			const struct container *container = &list->items[i];

			/* The id goes into a URL, and comes from outside. */
			if (strcmp(container->state, "running") == 0 &&
				container_id_prefix(container->id) &&
				strlen(container->id) < sizeof(comeback->candidate) &&
				strlen(container->name) < sizeof(comeback->name) &&
				container_succeeds(
					comeback->selector, lost->id, lost->name, container))
				set_candidate(comeback, container);
		}
	}
}

static int list_came(
	struct awaited_engine *engine, const char *body, size_t length, struct err *err)
{
	struct container_list list = {0};
	struct arena arena = {0};
	int result = docker_parse_list(&arena, body, length, &list, err);

	if (result == 0)
		take_candidates(engine, &list);
	else
		err_prefix(err, "%s", docker_api_address(engine->api));
	arena_release(&arena);
	return result;
}

/* The engine may not have noticed yet that the process it names has ended. */
static bool is_new(const struct instance *found, const struct instance *lost)
{
	return found->pid != lost->pid || found->start_time != lost->start_time;
}

static void pid_came(
	struct awaited_engine *engine, struct comeback *comeback, const char *body, size_t length)
{
	const struct instance *lost = comeback->lost;
	struct instance found = {.kind = INSTANCE_CONTAINER,
		.runtime = lost->runtime,
		.id = xstrdup(engine->id),
		.name = xstrdup(comeback->name)};
	pid_t pid;

	if (docker_parse_pid(body, length, &pid, NULL) < 0 ||
		container_process_find(
			engine->comebacks->standby, found.id, pid, false, &found, NULL) < 0 ||
		!is_new(&found, lost)) {
		instance_release(&found);
		return;
	}
	comeback_forget(engine->comebacks, comeback);
	comeback->found(comeback->data, &found);
}

static void unlink_comeback(struct comebacks *comebacks, const struct comeback *comeback)
{
	struct comeback **link = &comebacks->first;

	while (*link != NULL && *link != comeback)
		link = &(*link)->next;
	if (*link != NULL)
		*link = comeback->next;
}

static void tell_silence(struct awaited_engine *engine, const struct err *reason)
{
	cleanup_free char *text = NULL;

	if (engine->silent)
		return;
	engine->silent = true;
	text = xasprintf("%s; asking it again until it answers", reason->message);
	note(engine, text);
}

static void tell_answer(struct awaited_engine *engine)
{
	cleanup_free char *text = NULL;

	if (!engine->silent)
		return;
	engine->silent = false;
	text = xasprintf("%s answers again", docker_api_address(engine->api));
	note(engine, text);
}

/* What is wrong with one container's answer is only that container's. */
static void on_answer(struct http_transfer *transfer, CURLcode code)
{
	struct awaited_engine *engine = (struct awaited_engine *)transfer;
	struct comeback *asked_about = engine->asked_about;
	cleanup_free char *body = NULL;
	size_t length = 0;
	struct err reason = {0};
	bool answered = docker_api_end(engine->api, code, &body, &length, &reason) == 0;

	engine->asked_about = NULL;
	if (engine->question == QUESTION_PID) {
		if (answered && asked_about != NULL)
			pid_came(engine, asked_about, body, length);
		ask_for_next_pid(engine);
	} else if (answered && list_came(engine, body, length, &reason) == 0) {
		tell_answer(engine);
		ask_for_next_pid(engine);
	} else {
		tell_silence(engine, &reason);
		ask_later(engine);
	}
}

static void on_timer(void *data, int64_t now)
{
	struct awaited_engine *engine = data;

	(void)now;
	if (is_needed(engine))
		ask_for_list(engine);
}

static int add_engine(
	struct comebacks *comebacks, const struct docker_endpoint *endpoint, struct err *err)
{
	struct awaited_engine *engine = &comebacks->engines[comebacks->engine_count];

	engine->transfer.ended = on_answer;
	engine->comebacks = comebacks;
	engine->endpoint = *endpoint;
	engine->timer.function = on_timer;
	engine->timer.data = engine;
	if (docker_api_new(endpoint, &engine->api, err) < 0)
		return -1;
	comebacks->engine_count++;
	return 0;
}

int comebacks_new(struct loop *loop, struct standby *standby, comeback_note *tell, void *data,
	struct comebacks **ret_comebacks, struct err *err)
{
	struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX];
	/* Now, because the socket of an engine that is just restarting does not exist. */
	size_t count = docker_endpoints(NULL, endpoints);
	struct comebacks *comebacks = xcalloc(1, sizeof(*comebacks));

	comebacks->loop = loop;
	comebacks->standby = standby;
	comebacks->note = tell;
	comebacks->data = data;
	if (http_client_new(loop, &comebacks->client, err) < 0) {
		free(comebacks);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		if (add_engine(comebacks, &endpoints[i], err) < 0) {
			comebacks_free(comebacks);
			return -1;
		}
	}
	*ret_comebacks = comebacks;
	return 0;
}

void comebacks_free(struct comebacks *comebacks)
{
	if (comebacks == NULL)
		return;
	for (size_t i = 0; i < comebacks->engine_count; i++) {
		struct awaited_engine *engine = &comebacks->engines[i];

		loop_disarm(comebacks->loop, &engine->timer);
		if (engine->question != QUESTION_NONE)
			http_client_remove(comebacks->client, &engine->transfer);
		docker_api_free(engine->api);
	}
	http_client_free(comebacks->client);
	free(comebacks);
}

void comeback_await(struct comebacks *comebacks, struct comeback *comeback)
{
	if (comeback->awaited)
		return;
	comeback->awaited = true;
	comeback->candidate[0] = '\0';
	comeback->next = comebacks->first;
	comebacks->first = comeback;
	for (size_t i = 0; i < comebacks->engine_count; i++)
		if (comebacks->engines[i].question == QUESTION_NONE &&
			is_of(comeback, &comebacks->engines[i]))
			ask_for_list(&comebacks->engines[i]);
}

void comeback_forget(struct comebacks *comebacks, struct comeback *comeback)
{
	if (!comeback->awaited)
		return;
	comeback->awaited = false;
	unlink_comeback(comebacks, comeback);
	for (size_t i = 0; i < comebacks->engine_count; i++)
		if (comebacks->engines[i].asked_about == comeback)
			comebacks->engines[i].asked_about = NULL;
}
