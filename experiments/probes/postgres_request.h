/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_request - one query to a PostgreSQL server by libpq, without waiting, and the connection
 * that it goes by. The connection stays for the next query if nothing speaks against it.
 */
#ifndef EXPERIMENTS_PROBES_POSTGRES_REQUEST_H
#define EXPERIMENTS_PROBES_POSTGRES_REQUEST_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "experiments/probes/prober.h"
#include "experiments/probes/resolve.h"

struct postgres_request {
	struct exchange exchange;
	struct resolve_request lookup;
	PGconn *connection;	  /* NULL: none */
	int watched;		  /* the socket that the loop watches; -1: none */
	ConnStatusType status;	  /* of a connection that is being made */
	bool begun;		  /* connection is made, and kept from request to request */
	bool closed;		  /* the server has closed it */
	uint64_t received;	  /* bytes since the request was sent */
	uint64_t received_before; /* by the same connection */
	size_t memory_before;	  /* what the process had before libpq read */
	enum outcome failure;	  /* OUTCOME_OK: none so far */
	size_t rows;
	char *text; /* the first column of the first row; NULL: there is none, or it is null */
};

/* --- postgres_connect.c --- */

/* Looks the server up, connects and then asks. */
void postgres_connect(struct postgres_request *request);
/* The class of an SQLSTATE that means a refused user or password. */
bool postgres_refuses(const char *sqlstate);

/* --- postgres_query.c --- */

/* Asks on the connection that stands. */
void postgres_ask(struct postgres_request *request);

/* --- postgres_request.c --- */

/* Is there a connection that can be used as it is? */
bool postgres_request_connected(const struct postgres_request *request);

/* False: the loop cannot, and the request has ended. */
bool postgres_request_watch(
	struct postgres_request *request, uint32_t events, loop_handler *handler);
void postgres_request_unwatch(struct postgres_request *request);

/* For the next one: forgets what the last one came to. */
void postgres_request_begin(struct postgres_request *request);

/* Looks at what has arrived before libpq takes it: bytes that wait to be read. False: there is more
 * than an answer may be, or what libpq would wait for a third party for, and the request has ended.
 * Only on a socket that is connected: the error of one that could not be would be gone. */
bool postgres_request_peek(struct postgres_request *request, size_t *ret_waiting);

/* After the reading: libpq does not say how much it reads, and reads on while more comes in. False:
 * it was more than an answer may be, and the request has ended. */
bool postgres_request_recount(struct postgres_request *request);

/* Closes the connection, if there is one. */
void postgres_request_drop(struct postgres_request *request);

/* Ends it for a trouble that leaves the connection useless. */
void postgres_request_fail(struct postgres_request *request, enum outcome outcome);

#endif
