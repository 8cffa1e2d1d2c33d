/* SPDX-License-Identifier: Apache-2.0 */
/*
 * histogram - durations counted in log-linear buckets, like HdrHistogram's.
 *
 * Each power of two is cut into 1,024 buckets of equal width, so that a value read back is within
 * 0.05% of the recorded one. Buckets come into being in blocks when they are first needed: an empty
 * histogram takes 1 KiB, one of a usual service about 10 KiB.
 */
#ifndef EXPERIMENTS_HISTOGRAM_H
#define EXPERIMENTS_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_MAX_NS       (INT64_C(3600) * 1000000000) /* one hour; more counts as this */
#define HISTOGRAM_BLOCK_SIZE   64
#define HISTOGRAM_BUCKET_COUNT (33 * 1024) /* up to 2^42 ns */
#define HISTOGRAM_BLOCK_COUNT  (HISTOGRAM_BUCKET_COUNT / HISTOGRAM_BLOCK_SIZE)

/* Zero-initialise. */
struct histogram {
	uint64_t count;
	int64_t min_ns; /* exact */
	int64_t max_ns; /* exact */
	double sum_ns;	/* exact */
	uint32_t (*blocks)[HISTOGRAM_BLOCK_SIZE];
	size_t block_count;
	uint16_t directory[HISTOGRAM_BLOCK_COUNT]; /* index into blocks, from 1; 0: none yet */
};

void histogram_record(struct histogram *histogram, int64_t ns);

/* The value that percent of the recorded ones do not exceed (nearest rank), in nanoseconds; 0 when
 * nothing was recorded. */
double histogram_percentile(const struct histogram *histogram, double percent);
/* The value of that rank, counted from 1 in ascending order; 0 when nothing was recorded. */
double histogram_at_rank(const struct histogram *histogram, uint64_t rank);
/* How many of the values, as they are read back, are below ns, or (inclusive) not above it. */
uint64_t histogram_count_below(const struct histogram *histogram, double ns, bool inclusive);
double histogram_mean(const struct histogram *histogram);

/* Empties it, and keeps its blocks for reuse. */
void histogram_clear(struct histogram *histogram);
void histogram_release(struct histogram *histogram);

#endif
