/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container - what an engine says of a container: its state, its health, its restarts (the Docker
 * Engine API, which Podman offers too).
 *
 * An engine does not know of a container whose processes somebody else has frozen; perturb's own
 * fault does that. So the freezer is asked too, where the container is on this machine.
 */
#include <string.h>

#include "experiments/probes/container_probe.h"
#include "experiments/probes/container_restarts.h"
#include "experiments/probes/http_body.h"
#include "experiments/probes/http_client.h"
#include "experiments/probes/http_easy.h"
#include "experiments/probes/prober.h"
#include "experiments/targets/docker_api.h"
#include "faults/cgroup.h"
#include "reports/mem.h"

#define STATUS_OK	 200
#define STATUS_NOT_FOUND 404

struct container_state {
	struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX];
	size_t endpoint_count;
	size_t engine; /* the endpoint that is asked */
	bool settled;  /* that one has the container */
	struct container_restarts restarts;
	int64_t told_ns; /* when the newest answer was asked for */
};

struct container_request {
	struct exchange exchange;
	struct http_transfer transfer;
	struct http_body body;
	size_t engine; /* that transfer is made for; and how many were asked */
	size_t asked;
};

static bool configure(struct container_request *request)
{
	const struct container_state *state = exchange_state(&request->exchange);
	const struct container_probe *probe = exchange_settings(&request->exchange);
	CURL *easy = request->transfer.easy;
	cleanup_free char *url = NULL;
	char base[512];

	curl_easy_reset(easy);
	request->engine = state->engine;
	if (docker_endpoint_set(
		    &state->endpoints[request->engine], easy, base, sizeof(base), NULL) < 0)
		return false;
	url = xasprintf("%s/containers/%s/json", base, probe->name);
	return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_body_receive) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEDATA, &request->body) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_PRIVATE, &request->transfer) == CURLE_OK;
}

static bool ask(struct container_request *request)
{
	http_body_begin(&request->body, true);
	request->asked++;
	return configure(request) &&
	       http_client_add(request->exchange.prober->services->http, &request->transfer);
}

/* The machine of the engine is this one only if it is asked by a socket. */
static bool is_frozen(const struct docker_endpoint *endpoint, pid_t pid)
{
	struct cgroup cgroup;
	struct err ignored;
	bool frozen = false;

	return pid > 0 && strncmp(endpoint->address, "unix://", strlen("unix://")) == 0 &&
	       cgroup_of(pid, &cgroup, &ignored) == 0 && !cgroup.root &&
	       cgroup_is_frozen(cgroup.directory, cgroup.version, &frozen, &ignored) == 0 && frozen;
}

static enum outcome judge_condition(struct container_request *request)
{
	struct container_state *state = exchange_state(&request->exchange);
	struct probe_answer *answer = &request->exchange.answer;
	struct container_condition condition;
	struct err ignored;
	size_t length;
	const char *text = http_body_text(&request->body, &length);

	if (docker_parse_condition(text, length, &condition, &ignored) < 0)
		return OUTCOME_PROTOCOL;
	state->engine = request->engine;
	state->settled = true;
	if (answer->sent_ns >= state->told_ns) {
		state->told_ns = answer->sent_ns;
		container_restarts_add(&state->restarts, &condition);
	}
	answer->value = (double)state->restarts.count;
	answer->has_value = true;
	return container_judge(exchange_settings(&request->exchange), &condition,
		is_frozen(&state->endpoints[request->engine], condition.pid),
		state->restarts.count);
}

static enum outcome judge(struct container_request *request, CURLcode code)
{
	long status = 0;

	if (code != CURLE_OK)
		return request->body.length > HTTP_BODY_MAX ? OUTCOME_TOO_LARGE
							    : http_outcome(code);
	if (curl_easy_getinfo(request->transfer.easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
		return OUTCOME_OTHER;
	if (status == STATUS_NOT_FOUND)
		return OUTCOME_NOT_FOUND;
	return status == STATUS_OK ? judge_condition(request) : OUTCOME_STATUS;
}

/* Until one engine has had it, each is asked for it. */
static bool ask_next(struct container_request *request, enum outcome outcome)
{
	struct container_state *state = exchange_state(&request->exchange);

	if (state->settled || request->asked >= state->endpoint_count ||
		(outcome != OUTCOME_NOT_FOUND && outcome != OUTCOME_CONNECT))
		return false;
	state->engine = (request->engine + 1) % state->endpoint_count;
	return ask(request);
}

static void parts_fill(struct container_request *request)
{
	const int64_t ns_per_us = 1000;
	curl_off_t us = 0;

	if (curl_easy_getinfo(request->transfer.easy, CURLINFO_STARTTRANSFER_TIME_T, &us) ==
			CURLE_OK &&
		us > 0)
		request->exchange.answer.first_byte_ns = us * ns_per_us;
}

static void answered(struct http_transfer *transfer, CURLcode code)
{
	struct container_request *request =
		CONTAINER_OF(transfer, struct container_request, transfer);
	const int64_t now = clock_now();
	const enum outcome outcome = judge(request, code);

	if (ask_next(request, outcome))
		return;
	parts_fill(request);
	exchange_end_at(&request->exchange, outcome, now);
}

static bool container_start(struct exchange *exchange)
{
	struct container_request *request = (struct container_request *)exchange;

	if (request->transfer.easy == NULL)
		request->transfer.easy = curl_easy_init();
	request->transfer.ended = answered;
	request->asked = 0;
	return request->transfer.easy != NULL && ask(request);
}

static void container_stop(struct exchange *exchange)
{
	struct container_request *request = (struct container_request *)exchange;

	parts_fill(request);
	http_client_remove(exchange->prober->services->http, &request->transfer);
}

static void container_discard(struct exchange *exchange)
{
	struct container_request *request = (struct container_request *)exchange;

	curl_easy_cleanup(request->transfer.easy);
	http_body_release(&request->body);
}

/* Does libcurl understand where the engines are? */
static int check_endpoints(const struct container_state *state, struct err *err)
{
	CURL *easy = curl_easy_init();
	char base[512];
	int result = 0;

	if (easy == NULL)
		return err_set(err, ERR_SYSTEM, 0, "cannot prepare a transfer");
	for (size_t i = 0; i < state->endpoint_count && result == 0; i++)
		result = docker_endpoint_set(&state->endpoints[i], easy, base, sizeof(base), err);
	curl_easy_cleanup(easy);
	return result;
}

static int container_open(struct prober *prober, struct err *err)
{
	const struct container_probe *probe =
		(const struct container_probe *)prober->probe->settings;
	struct container_state *state = xcalloc(1, sizeof(*state));

	prober->state = state;
	state->endpoint_count = docker_endpoints(probe->runtime, state->endpoints);
	if (state->endpoint_count == 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"no container engine is here (set DOCKER_HOST or CONTAINER_HOST if its "
			"socket is somewhere else)");
	return check_endpoints(state, err);
}

static void container_close(struct prober *prober)
{
	free(prober->state);
}

const struct probe_kind probe_container = {
	.name = "container",
	.summary = "a container: its state, its health, its restarts",
	.example = "{ name: users, state: running, restarts: \"<= 0\" }",
	.keys = container_keys,
	.scalar = "name",
	.settings_size = sizeof(struct container_probe),
	.defaults = container_defaults,
	.open = container_open,
	.close = container_close,
	.exchange_size = sizeof(struct container_request),
	.start = container_start,
	.stop = container_stop,
	.discard = container_discard,
};
