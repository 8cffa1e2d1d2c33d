/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series - a probe's figures second by second, by the moment at which requests were due.
 *
 * Memory does not grow with the run: there is room for its planned length from the start, and a
 * long run has rows of several seconds, so that there are never more than SERIES_ROWS_MAX. A row's
 * latencies are counted in a histogram until all of its requests have ended, and then become three
 * numbers.
 */
#ifndef EXPERIMENTS_SERIES_H
#define EXPERIMENTS_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "experiments/histogram.h"
#include "experiments/outcome.h"

#define SERIES_ROWS_MAX 3600

struct series_row {
	uint32_t count; /* 0: no request was due in it */
	uint32_t ok;
	float p50_ns; /* zero when nothing was answered */
	float p95_ns;
	float max_ns;
};

/* A row with requests that have not ended, or the current one. */
struct series_open {
	uint32_t row;
	uint32_t pending;
	struct histogram latency;
};

struct series {
	struct series_row *rows;
	size_t row_count;
	uint32_t interval_s;	  /* a row's length */
	struct series_open *open; /* few: no more than a timeout has rows */
	size_t open_count;
};

/* For a run of that length; what comes after it counts in the last row. */
void series_init(struct series *series, int64_t length_ns);

/* A request was due so many seconds after the start. */
void series_due(struct series *series, uint32_t second);
/* Ends a request that was counted by series_due. */
void series_end(struct series *series, uint32_t second, enum outcome outcome, int64_t latency_ns);
/* The figures of a row so far, also of an open one. */
struct series_row series_read(const struct series *series, size_t row);
void series_release(struct series *series);

#endif
