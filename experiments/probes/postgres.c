/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres - queries by libpq, without its waiting: names are looked up by resolve.h, and a query
 * that is late is not cancelled (PQcancel waits) but left alone with its connection.
 *
 * Each request has a connection of its own and keeps it for the next one; a connection that broke
 * in between is made anew.
 */
#include "experiments/probes/postgres_probe.h"

#ifdef PERTURB_POSTGRES

#include <stdlib.h>
#include <string.h>

#include "experiments/probes/postgres_answer.h"
#include "experiments/user_file.h"
#include "faults/expression.h"
#include "reports/mem.h"

static bool postgres_start(struct exchange *exchange)
{
	struct postgres_request *request = (struct postgres_request *)exchange;

	if (request->connection != NULL && !postgres_request_connected(request))
		postgres_request_drop(request);
	postgres_request_begin(request);
	if (request->connection != NULL)
		postgres_ask(request);
	else
		postgres_connect(request);
	return true;
}

static void postgres_stop(struct exchange *exchange)
{
	postgres_request_drop((struct postgres_request *)exchange);
}

/* libpq reads them by itself, with the rights of this process: only what the user may read. */
static int files_check(const struct postgres_params *params, struct err *err)
{
	for (size_t i = 0; i < params->file_count; i++) {
		struct user_file file = {0};
		const int result = user_file_read(params->files[i], 1, &file, err);

		user_file_release(&file);
		if (result != 0)
			return err_prefix(err, "%s", params->files[i]);
	}
	return 0;
}

/* Of all variables of libpq's the one that no parameter overrides. */
static int environment_check(struct err *err)
{
	if (getenv("PGSERVICE") == NULL)
		return 0;
	return err_set(err, ERR_USAGE, 0,
		"the environment has PGSERVICE, which would change where the probe goes: unset it");
}

static int postgres_open(struct prober *prober, struct err *err)
{
	const struct postgres_probe *probe = (const struct postgres_probe *)prober->probe->settings;
	struct postgres_state *state = xcalloc(1, sizeof(*state));

	prober->state = state;
	if (environment_check(err) != 0 || files_check(&probe->params, err) != 0)
		return -1;
	return probe->matches != NULL ? expression_new(probe->matches, &state->expression, err) : 0;
}

static void postgres_close(struct prober *prober)
{
	struct postgres_state *state = prober->state;

	expression_free(state->expression);
	free(state);
}

static bool postgres_peer(const void *settings, struct probe_peer *ret_peer)
{
	const struct postgres_probe *probe = settings;
	const char *host =
		probe->params.address != NULL ? probe->params.address : probe->params.host;

	if (postgres_params_local(&probe->params) || strlen(host) >= sizeof(ret_peer->host))
		return false;
	memcpy(ret_peer->host, host, strlen(host) + 1);
	ret_peer->port = probe->params.port;
	ret_peer->protocol = IPPROTO_TCP;
	return true;
}

static const char *postgres_library(struct arena *arena)
{
	const int version = PQlibVersion();

	return arena_printf(arena, "libpq %d.%d", version / 10000, version % 10000);
}

#endif

const struct probe_kind probe_postgres = {
	.name = "postgres",
	.summary = "PostgreSQL: an SQL query, and what it returns",
	.example = "{ url: \"postgresql://probe@127.0.0.1:5432/postgres\", query: SELECT 1, "
		   "equals: 1 }",
	.keys = postgres_keys,
	.scalar = "url",
	.settings_size = sizeof(struct postgres_probe),
	.defaults = postgres_defaults,
#ifdef PERTURB_POSTGRES
	.peer = postgres_peer,
	.open = postgres_open,
	.close = postgres_close,
	.exchange_size = sizeof(struct postgres_request),
	.start = postgres_start,
	.stop = postgres_stop,
	.discard = postgres_stop,
	.library = postgres_library,
#else
	.missing = "this build has no libpq; build it again where libpq-dev is installed",
#endif
};
