/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/histogram.h"

#include <math.h>
#include <string.h>

#include "reports/mem.h"

#define PRECISION_BITS	  10 /* 1,024 buckets in each power of two */
#define BLOCK_BITS	  6
#define BLOCK_SIZE	  ((size_t)1 << BLOCK_BITS)
#define BLOCKS_PER_OCTAVE ((size_t)1 << (PRECISION_BITS - BLOCK_BITS))
#define OCTAVE_COUNT	  33 /* up to 2^42 ns */
#define BLOCK_COUNT	  (OCTAVE_COUNT * BLOCKS_PER_OCTAVE)

/* The first one has all below 2^10 ns, each of the others one power of two. */
struct histogram_octave {
	uint32_t *blocks[BLOCKS_PER_OCTAVE];
};

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

/* NULL: it is empty. */
static uint32_t *block_find(const struct histogram *histogram, size_t block)
{
	const struct histogram_octave *octave;

	if (histogram->octaves == NULL)
		return NULL;
	octave = histogram->octaves[block / BLOCKS_PER_OCTAVE];
	return octave == NULL ? NULL : octave->blocks[block % BLOCKS_PER_OCTAVE];
}

static uint32_t *block_make(struct histogram *histogram, size_t block)
{
	struct histogram_octave **octave;
	uint32_t **place;

	if (histogram->octaves == NULL)
		histogram->octaves = xcalloc(OCTAVE_COUNT, sizeof(struct histogram_octave *));
	octave = &histogram->octaves[block / BLOCKS_PER_OCTAVE];
	if (*octave == NULL)
		*octave = xcalloc(1, sizeof(**octave));
	place = &(*octave)->blocks[block % BLOCKS_PER_OCTAVE];
	if (*place == NULL)
		*place = xcalloc(BLOCK_SIZE, sizeof(**place));
	return *place;
}

static void count_add(uint32_t *count, uint32_t more)
{
	*count = *count > UINT32_MAX - more ? UINT32_MAX : *count + more;
}

static void bounds_add(struct histogram *histogram, int64_t min_ns, int64_t max_ns)
{
	if (histogram->count == 0 || min_ns < histogram->min_ns)
		histogram->min_ns = min_ns;
	if (max_ns > histogram->max_ns)
		histogram->max_ns = max_ns;
}

void histogram_record(struct histogram *histogram, int64_t ns)
{
	size_t bucket;
	uint32_t *block;

	if (ns < 0)
		ns = 0;
	if (ns > HISTOGRAM_MAX_NS)
		ns = HISTOGRAM_MAX_NS;
	bucket = bucket_of(ns);
	block = block_find(histogram, bucket / BLOCK_SIZE);
	if (block == NULL)
		block = block_make(histogram, bucket / BLOCK_SIZE);
	count_add(&block[bucket % BLOCK_SIZE], 1);
	bounds_add(histogram, ns, ns);
	histogram->sum_ns += (double)ns;
	histogram->count++;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
	if (other->count == 0)
		return;
	for (size_t i = 0; i < BLOCK_COUNT; i++) {
		const uint32_t *from = block_find(other, i);
		uint32_t *block;

		if (from == NULL)
			continue;
		block = block_make(histogram, i);
		for (size_t j = 0; j < BLOCK_SIZE; j++)
			count_add(&block[j], from[j]);
	}
	bounds_add(histogram, other->min_ns, other->max_ns);
	histogram->sum_ns += other->sum_ns;
	histogram->count += other->count;
}

static double clamp(double value, int64_t low, int64_t high)
{
	return fmin(fmax(value, (double)low), (double)high);
}

double histogram_at_rank(const struct histogram *histogram, uint64_t rank)
{
	uint64_t seen = 0;
	size_t position = 0;
	double middle;
	uint64_t count;

	if (histogram->count == 0)
		return 0;
	while (histogram_next(histogram, &position, &middle, &count)) {
		seen += count;
		if (seen >= rank)
			return clamp(middle, histogram->min_ns, histogram->max_ns);
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
	uint64_t below = 0;
	size_t position = 0;
	double middle;
	uint64_t count;

	while (histogram_next(histogram, &position, &middle, &count)) {
		double value = clamp(middle, histogram->min_ns, histogram->max_ns);

		if (inclusive ? value <= ns : value < ns)
			below += count;
	}
	return below;
}

double histogram_mean(const struct histogram *histogram)
{
	return histogram->count == 0 ? 0 : histogram->sum_ns / (double)histogram->count;
}

bool histogram_next(
	const struct histogram *histogram, size_t *position, double *ret_ns, uint64_t *ret_count)
{
	while (*position < BLOCK_COUNT * BLOCK_SIZE) {
		const size_t bucket = *position;
		const uint32_t *block = block_find(histogram, bucket / BLOCK_SIZE);

		if (block == NULL) {
			*position = (bucket / BLOCK_SIZE + 1) * BLOCK_SIZE;
			continue;
		}
		*position = bucket + 1;
		if (block[bucket % BLOCK_SIZE] == 0)
			continue;
		*ret_ns = bucket_middle(bucket);
		*ret_count = block[bucket % BLOCK_SIZE];
		return true;
	}
	return false;
}

size_t histogram_bytes(const struct histogram *histogram)
{
	size_t bytes = 0;

	if (histogram->octaves == NULL)
		return 0;
	bytes = OCTAVE_COUNT * sizeof(struct histogram_octave *);
	for (size_t i = 0; i < OCTAVE_COUNT; i++)
		bytes += histogram->octaves[i] == NULL ? 0 : sizeof(struct histogram_octave);
	for (size_t i = 0; i < BLOCK_COUNT; i++)
		bytes += block_find(histogram, i) == NULL ? 0 : BLOCK_SIZE * sizeof(uint32_t);
	return bytes;
}

void histogram_clear(struct histogram *histogram)
{
	for (size_t i = 0; i < BLOCK_COUNT; i++) {
		uint32_t *block = block_find(histogram, i);

		if (block != NULL)
			memset(block, 0, BLOCK_SIZE * sizeof(*block));
	}
	*histogram = (struct histogram){.octaves = histogram->octaves};
}

void histogram_release(struct histogram *histogram)
{
	for (size_t i = 0; histogram->octaves != NULL && i < OCTAVE_COUNT; i++) {
		struct histogram_octave *octave = histogram->octaves[i];

		for (size_t j = 0; octave != NULL && j < BLOCKS_PER_OCTAVE; j++)
			free(octave->blocks[j]);
		free(octave);
	}
	free(histogram->octaves);
	memset(histogram, 0, sizeof(*histogram));
}
