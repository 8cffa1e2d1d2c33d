/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series - a probe's figures second by second, by the moment at which requests were due.
 *
 * A second's latencies are kept until all of its requests have ended, then become four numbers.
 */
#ifndef EXPERIMENTS_SERIES_H
#define EXPERIMENTS_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "experiments/outcome.h"

struct series_second {
	uint32_t second;
	uint32_t count;
	uint32_t ok;
	float p50_ns; /* zero when nothing was answered */
	float p95_ns;
	float max_ns;
};

struct series_open {
	struct series_second figures;
	uint32_t pending;
	uint32_t answered;
	float *latencies_ns;
};

/* Zero-initialise. */
struct series {
	struct series_second *seconds; /* closed, in the order of their closing */
	size_t count;
	struct series_open *open; /* few: the current second and those with requests in flight */
	size_t open_count;
};

void series_due(struct series *series, uint32_t second);
/* Ends a request that was counted by series_due. */
void series_end(struct series *series, uint32_t second, enum outcome outcome, int64_t latency_ns);
/* The figures of all seconds in order, also the open ones; the caller frees them. */
struct series_second *series_copy(const struct series *series, size_t *ret_count);
void series_release(struct series *series);

#endif
