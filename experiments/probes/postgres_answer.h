/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_answer - is a complete answer the one that the probe wants?
 */
#ifndef EXPERIMENTS_PROBES_POSTGRES_ANSWER_H
#define EXPERIMENTS_PROBES_POSTGRES_ANSWER_H

#include <regex.h>

#include "experiments/probes/postgres_request.h"

/* What all requests of a probe share. */
struct postgres_state {
	regex_t *expression; /* NULL: not asked */
};

/* Ends the request; keeps the connection if it can be used again. */
void postgres_answer_complete(struct postgres_request *request);

#endif
