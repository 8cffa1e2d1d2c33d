/* SPDX-License-Identifier: Apache-2.0 */
/* A query on a connection that stands, and what the server sends back. */
#ifdef PERTURB_POSTGRES

#include <string.h>
#include <sys/epoll.h>

#include "experiments/probes/postgres_answer.h"
#include "experiments/probes/postgres_probe.h"
#include "experiments/probes/postgres_request.h"
#include "reports/mem.h"

/* Bytes that a TLS library holds back do not make the socket readable. libpq's buffer takes at
 * least half of the largest TLS record at once. */
#define TLS_READS 3

static void take_row(struct postgres_request *request, const PGresult *result)
{
	if (request->rows++ == 0 && PQnfields(result) > 0 && !PQgetisnull(result, 0, 0))
		request->text = xstrdup(PQgetvalue(result, 0, 0));
}

static enum outcome error_outcome(const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (sqlstate == NULL) /* from libpq, not from the server */
		return OUTCOME_PROTOCOL;
	return postgres_refuses(sqlstate) ? OUTCOME_AUTH : OUTCOME_STATUS;
}

/* False: the request has ended. */
static bool take_result(struct postgres_request *request, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_SINGLE_TUPLE:
		take_row(request, result);
		return true;
	case PGRES_TUPLES_OK: /* the end of the rows */
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
		return true;
	case PGRES_FATAL_ERROR:
		request->failure = error_outcome(result);
		return true;
	default: /* COPY: a conversation that this is not made for */
		postgres_request_fail(request, OUTCOME_PROTOCOL);
		return false;
	}
}

/* The results that are complete. False: the request has ended. */
static bool take_results(struct postgres_request *request)
{
	while (PQisBusy(request->connection) == 0) {
		PGresult *result = PQgetResult(request->connection);
		bool goes_on;

		if (result == NULL) {
			postgres_answer_complete(request);
			return false;
		}
		goes_on = take_result(request, result);
		PQclear(result);
		if (!goes_on)
			return false;
	}
	return true;
}

static void drop_notifications(PGconn *connection)
{
	PGnotify *notification;

	while ((notification = PQnotifies(connection)) != NULL)
		PQfreemem(notification);
}

/* Once. False: the request has ended. */
static bool receive_some(struct postgres_request *request)
{
	/* A last word of the server's may have come in with the end of the connection. */
	const bool alive = PQconsumeInput(request->connection) != 0;

	if (!postgres_request_recount(request) || !take_results(request) ||
		!postgres_request_recount(request))
		return false;
	drop_notifications(request->connection);
	if (!alive)
		postgres_request_fail(request, OUTCOME_RESET);
	return alive;
}

/* False: the request has ended. */
static bool receive(struct postgres_request *request)
{
	struct probe_answer *answer = &request->exchange.answer;
	size_t waiting;

	if (!postgres_request_peek(request, &waiting))
		return false;
	if (answer->first_byte_ns < 0 && waiting > 0)
		answer->first_byte_ns = exchange_elapsed(&request->exchange);
	for (int i = 0; i < (PQsslInUse(request->connection) ? TLS_READS : 1); i++) {
		if (!receive_some(request))
			return false;
	}
	return true;
}

static void on_ready(void *data, uint32_t events);

/* Sends what there is to be sent, and waits. */
static void go_on(struct postgres_request *request)
{
	const int flushed = PQflush(request->connection);

	if (flushed < 0)
		postgres_request_fail(request, OUTCOME_RESET);
	else
		(void)postgres_request_watch(
			request, flushed > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN, on_ready);
}

static void on_ready(void *data, uint32_t events)
{
	struct postgres_request *request = data;

	if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0 && !receive(request))
		return;
	if ((events & EPOLLOUT) != 0)
		go_on(request);
}

void postgres_ask(struct postgres_request *request)
{
	const struct postgres_probe *postgres = exchange_settings(&request->exchange);
	PGconn *connection = request->connection;

	/* Rows one by one, so that no more than one of them is in memory. */
	if (PQsetnonblocking(connection, 1) != 0 ||
		PQsendQueryParams(connection, postgres->query, 0, NULL, NULL, NULL, NULL, 0) == 0 ||
		PQsetSingleRowMode(connection) == 0)
		postgres_request_fail(request, OUTCOME_RESET);
	else
		go_on(request);
}

#else
typedef int postgres_query_absent; /* a file must declare something */
#endif
