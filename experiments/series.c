/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/series.h"

#include <string.h>

#include "reports/mem.h"

#define NS_PER_S INT64_C(1000000000)

/* 1, 2, 5, 10, 20, 50, … seconds: the shortest one with which the rows suffice. */
static uint32_t interval_for(int64_t seconds)
{
	static const uint32_t factors[] = {1, 2, 5};
	uint32_t power = 1;

	for (;; power *= 10)
		for (size_t i = 0; i < ARRAY_SIZE(factors); i++)
			if (seconds <= (int64_t)SERIES_ROWS_MAX * factors[i] * power)
				return factors[i] * power;
}

void series_init(struct series *series, int64_t length_ns)
{
	int64_t seconds = length_ns / NS_PER_S + 1;

	*series = (struct series){.interval_s = interval_for(seconds)};
	series->row_count = (size_t)((seconds + series->interval_s - 1) / series->interval_s);
	series->rows = xcalloc(series->row_count, sizeof(*series->rows));
}

static uint32_t row_of(const struct series *series, uint32_t second)
{
	uint32_t row = second / series->interval_s;

	return row < series->row_count ? row : (uint32_t)series->row_count - 1;
}

static void figures_fill(struct series_row *row, const struct histogram *latency)
{
	row->p50_ns = (float)histogram_percentile(latency, 50);
	row->p95_ns = (float)histogram_percentile(latency, 95);
	row->max_ns = (float)latency->max_ns;
}

static void row_close(struct series *series, size_t index)
{
	struct series_open *open = &series->open[index];

	figures_fill(&series->rows[open->row], &open->latency);
	histogram_release(&open->latency);
	*open = series->open[--series->open_count];
}

static struct series_open *open_find(const struct series *series, uint32_t row)
{
	for (size_t i = series->open_count; i > 0; i--)
		if (series->open[i - 1].row == row)
			return &series->open[i - 1];
	return NULL;
}

static struct series_open *row_open(struct series *series, uint32_t row)
{
	for (size_t i = series->open_count; i > 0; i--)
		if (series->open[i - 1].pending == 0)
			row_close(series, i - 1);
	series->open = xgrow(series->open, series->open_count, sizeof(*series->open));
	series->open[series->open_count] = (struct series_open){.row = row};
	return &series->open[series->open_count++];
}

void series_due(struct series *series, uint32_t second)
{
	uint32_t row = row_of(series, second);
	struct series_open *open = open_find(series, row);

	if (open == NULL)
		open = row_open(series, row);
	series->rows[row].count++;
	open->pending++;
}

void series_end(struct series *series, uint32_t second, enum outcome outcome, int64_t latency_ns)
{
	uint32_t row = row_of(series, second);
	struct series_open *open = open_find(series, row);

	if (open == NULL)
		return;
	open->pending--;
	if (outcome == OUTCOME_OK)
		series->rows[row].ok++;
	if (outcome_answered(outcome))
		histogram_record(&open->latency, latency_ns);
}

struct series_row series_read(const struct series *series, size_t row)
{
	struct series_row figures = series->rows[row];
	const struct series_open *open = open_find(series, (uint32_t)row);

	if (open != NULL)
		figures_fill(&figures, &open->latency);
	return figures;
}

void series_release(struct series *series)
{
	for (size_t i = 0; i < series->open_count; i++)
		histogram_release(&series->open[i].latency);
	free(series->open);
	free(series->rows);
	memset(series, 0, sizeof(*series));
}
