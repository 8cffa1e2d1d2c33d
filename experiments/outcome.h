/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome - how one request of a probe ended.
 */
#ifndef EXPERIMENTS_OUTCOME_H
#define EXPERIMENTS_OUTCOME_H

#include <stdbool.h>

enum outcome {
	OUTCOME_OK,
	OUTCOME_TIMEOUT,   /* no answer began in time */
	OUTCOME_SLOW,	   /* an answer began, and was not complete in time */
	OUTCOME_CONNECT,   /* refused, unreachable */
	OUTCOME_DNS,	   /* the host name could not be resolved */
	OUTCOME_TLS,	   /* handshake or certificate */
	OUTCOME_RESET,	   /* the connection broke before the answer was complete */
	OUTCOME_PROTOCOL,  /* the answer was not HTTP */
	OUTCOME_REDIRECT,  /* too many of them */
	OUTCOME_TOO_LARGE, /* the body */
	OUTCOME_HEADERS_TOO_LARGE,
	OUTCOME_AUTH,	   /* the user or password was refused */
	OUTCOME_LOST,	   /* a message did not come back */
	OUTCOME_NOT_FOUND, /* what was to be looked at is not there */
	OUTCOME_EXEC,	   /* the program could not be started */
	/* answered, but */
	OUTCOME_STATUS,	   /* with a wrong status */
	OUTCOME_HEADER,	   /* with a wrong header */
	OUTCOME_BODY,	   /* with a wrong body */
	OUTCOME_VALUE,	   /* with a value that is not as it should be */
	OUTCOME_STATE,	   /* it is not in the right state */
	OUTCOME_NOT_SENT,  /* too many requests were in flight: perturb's own limit */
	OUTCOME_CANCELLED, /* the run ended first */
	OUTCOME_OTHER,
	OUTCOME_COUNT,
};

/* As in reports: "timeout", "too-large", … */
const char *outcome_name(enum outcome outcome);

/* Was it given up because it took too long? */
bool outcome_timed_out(enum outcome outcome);

/* The name of one that is an error; false: there is none of that name. */
bool outcome_find(const char *name, enum outcome *ret_outcome);

/* Did a complete answer arrive, right or wrong? Only then is there a latency. */
bool outcome_answered(enum outcome outcome);

#endif
