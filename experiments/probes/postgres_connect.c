/* SPDX-License-Identifier: Apache-2.0 */
/* How a connection to a PostgreSQL server is made. */
#ifdef PERTURB_POSTGRES

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "experiments/probes/postgres_probe.h"
#include "experiments/probes/postgres_request.h"
#include "reports/mem.h"

#define SQLSTATE_LENGTH 5

bool postgres_refuses(const char *sqlstate)
{
	return strncmp(sqlstate, "28", 2) == 0; /* invalid authorization specification */
}

/* What the server gave as the reason, in a message that ends with nothing else because of
 * PQERRORS_SQLSTATE; NULL: it came from libpq. There is no other way to it before the connection
 * stands. */
static const char *sqlstate_of(const char *message)
{
	static const char signs[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const size_t length = strlen(message);
	const char *state;

	if (length < SQLSTATE_LENGTH + 3 || message[length - 1] != '\n')
		return NULL;
	state = message + length - 1 - SQLSTATE_LENGTH;
	return strncmp(state - 2, "  ", 2) == 0 && strspn(state, signs) == SQLSTATE_LENGTH ? state
											   : NULL;
}

static enum outcome connect_outcome(const struct postgres_request *request)
{
	const char *sqlstate = sqlstate_of(PQerrorMessage(request->connection));

	if (PQconnectionNeedsPassword(request->connection))
		return OUTCOME_AUTH;
	if (sqlstate != NULL)
		return postgres_refuses(sqlstate) ? OUTCOME_AUTH : OUTCOME_STATUS;
	if (request->status == CONNECTION_STARTED || request->status == CONNECTION_NEEDED ||
		request->status == CONNECTION_BAD)
		return OUTCOME_CONNECT;
	if (request->closed)
		return OUTCOME_RESET;
	return request->status == CONNECTION_SSL_STARTUP ? OUTCOME_TLS : OUTCOME_PROTOCOL;
}

/* What a step has brought: the connection, and its handshake. */
static void parts_fill(struct postgres_request *request, ConnStatusType status)
{
	struct probe_answer *answer = &request->exchange.answer;

	if (status == request->status || status == CONNECTION_BAD || status == CONNECTION_STARTED)
		return;
	if (answer->connect_ns < 0)
		answer->connect_ns = exchange_elapsed(&request->exchange);
	if (request->status == CONNECTION_SSL_STARTUP && PQsslInUse(request->connection))
		answer->tls_ns = exchange_elapsed(&request->exchange);
}

static void on_progress(void *data, uint32_t events)
{
	struct postgres_request *request = data;
	const bool connected = request->status != CONNECTION_STARTED;
	PostgresPollingStatusType polled;
	size_t waiting;

	(void)events;
	if (connected && !postgres_request_peek(request, &waiting))
		return;
	/* libpq may close the socket and take another. */
	postgres_request_unwatch(request);
	polled = PQconnectPoll(request->connection);
	parts_fill(request, PQstatus(request->connection));
	if (polled == PGRES_POLLING_FAILED) {
		postgres_request_fail(request, connect_outcome(request));
		return;
	}
	if (connected && !postgres_request_recount(request))
		return;
	request->status = PQstatus(request->connection);
	if (polled == PGRES_POLLING_OK) {
		request->begun = true;
		postgres_ask(request);
		return;
	}
	(void)postgres_request_watch(
		request, polled == PGRES_POLLING_READING ? EPOLLIN : EPOLLOUT, on_progress);
}

static void ignore_notice(void *data, const char *message)
{
	(void)data;
	(void)message;
}

static void connect_to(
	struct postgres_request *request, const struct resolve_address *addresses, size_t count)
{
	const struct postgres_probe *postgres = exchange_settings(&request->exchange);
	cleanup_free char *text = postgres_params_text(&postgres->params, addresses, count);

	errno = 0;
	request->connection = PQconnectStart(text);
	explicit_bzero(text, strlen(text));
	if (request->connection == NULL)
		out_of_memory();
	request->status = PQstatus(request->connection);
	if (request->status == CONNECTION_BAD) {
		/* Without descriptors it is not the server's fault. */
		postgres_request_fail(request,
			errno == EMFILE || errno == ENFILE ? OUTCOME_OTHER : OUTCOME_CONNECT);
		return;
	}
	(void)PQsetErrorVerbosity(request->connection, PQERRORS_SQLSTATE);
	(void)PQsetNoticeProcessor(request->connection, ignore_notice, NULL);
	(void)postgres_request_watch(request, EPOLLOUT, on_progress);
}

static void on_addresses(
	struct resolve_request *lookup, const struct resolve_address *addresses, size_t count)
{
	struct postgres_request *request = CONTAINER_OF(lookup, struct postgres_request, lookup);

	if (count == 0)
		postgres_request_fail(request, OUTCOME_DNS);
	else
		connect_to(request, addresses, count);
}

void postgres_connect(struct postgres_request *request)
{
	const struct postgres_probe *postgres = exchange_settings(&request->exchange);
	const struct postgres_params *params = &postgres->params;

	if (postgres_params_local(params)) {
		connect_to(request, NULL, 0);
		return;
	}
	request->lookup.answered = on_addresses;
	resolve_ask(request->exchange.prober->services->resolve,
		params->address != NULL ? params->address : params->host, params->port,
		&request->lookup);
}

#else
typedef int postgres_connect_absent; /* a file must declare something */
#endif
