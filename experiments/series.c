/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/series.h"

#include <string.h>

#include "reports/mem.h"

static int by_value(const void *left, const void *right)
{
	float a = *(const float *)left;
	float b = *(const float *)right;

	return (a > b) - (a < b);
}

static int by_second(const void *left, const void *right)
{
	const struct series_second *a = left;
	const struct series_second *b = right;

	return (a->second > b->second) - (a->second < b->second);
}

/* Nearest rank: rank ceil(n * percent / 100), counted from 1. */
static float percentile(const float *sorted, uint32_t count, uint32_t percent)
{
	uint64_t rank = ((uint64_t)count * percent + 99) / 100;

	return sorted[rank - 1];
}

static void figures_fill(struct series_open *open)
{
	if (open->answered == 0)
		return;
	qsort(open->latencies_ns, open->answered, sizeof(float), by_value);
	open->figures.p50_ns = percentile(open->latencies_ns, open->answered, 50);
	open->figures.p95_ns = percentile(open->latencies_ns, open->answered, 95);
	open->figures.max_ns = open->latencies_ns[open->answered - 1];
}

static void second_close(struct series *series, size_t index)
{
	struct series_open *open = &series->open[index];

	figures_fill(open);
	series->seconds = xgrow(series->seconds, series->count, sizeof(*series->seconds));
	series->seconds[series->count++] = open->figures;
	free(open->latencies_ns);
	*open = series->open[--series->open_count];
}

static struct series_open *open_find(const struct series *series, uint32_t second)
{
	for (size_t i = series->open_count; i > 0; i--)
		if (series->open[i - 1].figures.second == second)
			return &series->open[i - 1];
	return NULL;
}

void series_due(struct series *series, uint32_t second)
{
	struct series_open *open = open_find(series, second);

	if (open == NULL) {
		for (size_t i = series->open_count; i > 0; i--)
			if (series->open[i - 1].pending == 0)
				second_close(series, i - 1);
		series->open = xgrow(series->open, series->open_count, sizeof(*series->open));
		open = &series->open[series->open_count++];
		open->figures.second = second;
	}
	open->figures.count++;
	open->pending++;
}

void series_end(struct series *series, uint32_t second, enum outcome outcome, int64_t latency_ns)
{
	struct series_open *open = open_find(series, second);

	if (open == NULL)
		return;
	open->pending--;
	if (outcome == OUTCOME_OK)
		open->figures.ok++;
	if (outcome_answered(outcome)) {
		open->latencies_ns = xgrow(open->latencies_ns, open->answered, sizeof(float));
		open->latencies_ns[open->answered++] = (float)latency_ns;
	}
}

struct series_second *series_copy(const struct series *series, size_t *ret_count)
{
	size_t count = series->count + series->open_count;
	struct series_second *seconds = xcalloc(count + 1, sizeof(*seconds));

	if (series->count > 0)
		memcpy(seconds, series->seconds, series->count * sizeof(*seconds));
	for (size_t i = 0; i < series->open_count; i++) {
		figures_fill(&series->open[i]); /* sorts its latencies, which is harmless */
		seconds[series->count + i] = series->open[i].figures;
	}
	qsort(seconds, count, sizeof(*seconds), by_second);
	*ret_count = count;
	return seconds;
}

void series_release(struct series *series)
{
	for (size_t i = 0; i < series->open_count; i++)
		free(series->open[i].latencies_ns);
	free(series->open);
	free(series->seconds);
	memset(series, 0, sizeof(*series));
}
