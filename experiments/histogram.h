/* SPDX-License-Identifier: Apache-2.0 */
/*
 * histogram - durations counted in log-linear buckets, like HdrHistogram's.
 *
 * Each power of two is cut into 1,024 buckets of equal width, so that a value read back is within
 * 0.05% of the recorded one. Buckets come into being in blocks when they are first needed, each
 * block allocated by itself: an empty histogram takes 50 bytes, one of a usual service about 10
 * KiB, and none more than 140 KiB.
 */
#ifndef EXPERIMENTS_HISTOGRAM_H
#define EXPERIMENTS_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_MAX_NS (INT64_C(3600) * 1000000000) /* one hour; more counts as this */

struct histogram_octave;

/* Zero-initialise. */
struct histogram {
	uint64_t count;
	int64_t min_ns;			   /* exact */
	int64_t max_ns;			   /* exact */
	double sum_ns;			   /* exact */
	struct histogram_octave **octaves; /* NULL: nothing was recorded yet */
};

void histogram_record(struct histogram *histogram, int64_t ns);

/* Adds all that other holds. */
void histogram_merge(struct histogram *histogram, const struct histogram *other);

/* The value that percent of the recorded ones do not exceed (nearest rank), in nanoseconds; 0 when
 * nothing was recorded. */
double histogram_percentile(const struct histogram *histogram, double percent);
/* The value of that rank, counted from 1 in ascending order; 0 when nothing was recorded. */
double histogram_at_rank(const struct histogram *histogram, uint64_t rank);
/* How many of the values, as they are read back, are below ns, or (inclusive) not above it. */
uint64_t histogram_count_below(const struct histogram *histogram, double ns, bool inclusive);
double histogram_mean(const struct histogram *histogram);

/* The next bucket that is not empty, from *position (0 at first) on, upwards: the value in its
 * middle and how often it was recorded. False: there is none. */
bool histogram_next(
	const struct histogram *histogram, size_t *position, double *ret_ns, uint64_t *ret_count);

/* How much memory it takes besides the structure itself. */
size_t histogram_bytes(const struct histogram *histogram);

/* Empties it, and keeps its blocks for reuse. */
void histogram_clear(struct histogram *histogram);
void histogram_release(struct histogram *histogram);

#endif
