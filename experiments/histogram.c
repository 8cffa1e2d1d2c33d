/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/histogram.h"

#include <math.h>
#include <string.h>

#include "reports/mem.h"

#define PRECISION_BITS 10 /* 1,024 buckets in each power of two */

/* Below 2^11 a bucket is one nanosecond wide; then the width doubles with each power of two. */
static size_t bucket_of(int64_t ns)
{
	uint64_t value = (uint64_t)ns;
	unsigned int shift = 0;

	if (value >> (PRECISION_BITS + 1) != 0)
		shift = 63U - (unsigned int)__builtin_clzll(value) - PRECISION_BITS;
	return ((size_t)shift << PRECISION_BITS) + (size_t)(value >> shift);
}

static double bucket_middle(size_t bucket)
{
	size_t shift = 0;

	if (bucket >> (PRECISION_BITS + 1) != 0)
		shift = (bucket >> PRECISION_BITS) - 1;
	/* The lowest integer in the bucket, plus half of what the integers in it span. */
	return (double)((bucket - (shift << PRECISION_BITS)) << shift) +
	       ((double)(UINT64_C(1) << shift) - 1) / 2;
}

void histogram_record(struct histogram *histogram, int64_t ns)
{
	size_t bucket;
	uint16_t *block;

	if (ns < 0)
		ns = 0;
	if (ns > HISTOGRAM_MAX_NS)
		ns = HISTOGRAM_MAX_NS;
	bucket = bucket_of(ns);
	block = &histogram->directory[bucket / HISTOGRAM_BLOCK_SIZE];
	if (*block == 0) {
		histogram->blocks = xgrow(
			histogram->blocks, histogram->block_count, sizeof(*histogram->blocks));
		*block = (uint16_t)++histogram->block_count;
	}
	histogram->blocks[*block - 1][bucket % HISTOGRAM_BLOCK_SIZE]++;
	if (histogram->count == 0 || ns < histogram->min_ns)
		histogram->min_ns = ns;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
	histogram->sum_ns += (double)ns;
	histogram->count++;
}

static double clamp(double value, int64_t low, int64_t high)
{
	return fmin(fmax(value, (double)low), (double)high);
}

double histogram_at_rank(const struct histogram *histogram, uint64_t rank)
{
	uint64_t seen = 0;

	if (histogram->count == 0)
		return 0;
	for (size_t i = 0; i < HISTOGRAM_BLOCK_COUNT; i++) {
		if (histogram->directory[i] == 0)
			continue;
		for (size_t j = 0; j < HISTOGRAM_BLOCK_SIZE; j++) {
			seen += histogram->blocks[histogram->directory[i] - 1][j];
			if (seen >= rank)
				return clamp(bucket_middle(i * HISTOGRAM_BLOCK_SIZE + j),
					histogram->min_ns, histogram->max_ns);
		}
	}
	return (double)histogram->max_ns;
}

double histogram_percentile(const struct histogram *histogram, double percent)
{
	/* The small subtraction keeps 99.9% of 1,000 at rank 999, whatever binary makes of it. */
	double rank = ceil(percent / 100 * (double)histogram->count - 1e-9);

	return histogram_at_rank(histogram, rank < 1 ? 1 : (uint64_t)rank);
}

uint64_t histogram_count_below(const struct histogram *histogram, double ns, bool inclusive)
{
	uint64_t count = 0;

	for (size_t i = 0; i < HISTOGRAM_BLOCK_COUNT; i++) {
		if (histogram->directory[i] == 0)
			continue;
		for (size_t j = 0; j < HISTOGRAM_BLOCK_SIZE; j++) {
			double value = clamp(bucket_middle(i * HISTOGRAM_BLOCK_SIZE + j),
				histogram->min_ns, histogram->max_ns);

			if (inclusive ? value <= ns : value < ns)
				count += histogram->blocks[histogram->directory[i] - 1][j];
		}
	}
	return count;
}

double histogram_mean(const struct histogram *histogram)
{
	return histogram->count == 0 ? 0 : histogram->sum_ns / (double)histogram->count;
}

void histogram_clear(struct histogram *histogram)
{
	for (size_t i = 0; i < histogram->block_count; i++)
		memset(histogram->blocks[i], 0, sizeof(histogram->blocks[i]));
	histogram->count = 0;
	histogram->min_ns = 0;
	histogram->max_ns = 0;
	histogram->sum_ns = 0;
}

void histogram_release(struct histogram *histogram)
{
	free(histogram->blocks);
	memset(histogram, 0, sizeof(*histogram));
}
