/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome - how one request of a probe ended.
 */
#ifndef EXPERIMENTS_OUTCOME_H
#define EXPERIMENTS_OUTCOME_H

#include <stdbool.h>

enum outcome {
	OUTCOME_OK,
	OUTCOME_TIMEOUT,
	OUTCOME_CONNECT,   /* refused, unreachable */
	OUTCOME_DNS,	   /* the host name could not be resolved */
	OUTCOME_TLS,	   /* handshake or certificate */
	OUTCOME_RESET,	   /* the connection broke before the answer was complete */
	OUTCOME_PROTOCOL,  /* the answer was not HTTP */
	OUTCOME_REDIRECT,  /* too many of them */
	OUTCOME_TOO_LARGE, /* the body */
	OUTCOME_STATUS,	   /* answered, with a wrong status */
	OUTCOME_BODY,	   /* answered, with a wrong body */
	OUTCOME_NOT_SENT,  /* too many requests were in flight: perturb's own limit */
	OUTCOME_CANCELLED, /* the run ended first */
	OUTCOME_OTHER,
	OUTCOME_COUNT,
};

/* As in reports: "timeout", "too-large", … */
const char *outcome_name(enum outcome outcome);

/* Did a complete answer arrive, right or wrong? Only then is there a latency. */
bool outcome_answered(enum outcome outcome);

#endif
