/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_probe - what is asked of a PostgreSQL server, and what counts as a good answer.
 */
#ifndef EXPERIMENTS_PROBES_POSTGRES_PROBE_H
#define EXPERIMENTS_PROBES_POSTGRES_PROBE_H

#include "experiments/probes/kind.h"
#include "experiments/probes/number_range.h"
#include "experiments/probes/postgres_params.h"

/* NULL: not asked for, unless said otherwise. */
struct postgres_probe {
	struct probe_settings common;
	const char *url; /* as written; never NULL */
	const char *password;
	const char *query; /* never NULL */
	/* of the first column of the first row */
	const char *equals;
	const char *matches; /* POSIX extended regular expression */
	struct number_range value;
	struct number_range rows; /* how many there are */
	struct postgres_params params;
};

/* The keys of "postgres". */
extern const struct probe_key postgres_keys[];
void postgres_defaults(void *settings);

#endif
