/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metric - the figures of a probe that can be judged: their names, units and values.
 */
#ifndef EXPERIMENTS_METRIC_H
#define EXPERIMENTS_METRIC_H

#include <stdbool.h>

#include "experiments/nearest.h"
#include "experiments/outcome.h"
#include "reports/err.h"

/* Of errors there is one for each outcome, and of percentiles one for each hundredth of a percent:
 * those are METRIC_ERRORS + the outcome and METRIC_PERCENTILE + the hundredths. */
enum metric {
	METRIC_SUCCESS, /* percent of the requests that ended */
	METRIC_MIN,	/* milliseconds, of the answered requests */
	METRIC_MAX,
	METRIC_MEAN,
	METRIC_THROUGHPUT, /* right answers per second */
	METRIC_DUPLICATES, /* how often an answer came again */
	METRIC_VALUE_MIN,  /* the numbers that answers carry */
	METRIC_VALUE_MAX,
	METRIC_VALUE_MEAN,
	METRIC_VALUE_LAST,
	METRIC_ERRORS = 0x100,	    /* percent of the requests that ended; OUTCOME_OK: all errors */
	METRIC_ERROR_COUNT = 0x200, /* the same as numbers */
	METRIC_PERCENTILE = 0x10000, /* milliseconds, of the answered requests */
	METRIC_P50 = METRIC_PERCENTILE + 5000,
	METRIC_P90 = METRIC_PERCENTILE + 9000,
	METRIC_P95 = METRIC_PERCENTILE + 9500,
	METRIC_P99 = METRIC_PERCENTILE + 9900,
	METRIC_P999 = METRIC_PERCENTILE + 9990,
};

#define METRICS_SHOWN                                                                              \
	"success, any percentile such as p95 or p99.9, min, max, mean, throughput, errors, "       \
	"errors.KIND, duplicates and value.min, value.max, value.mean and value.last"

/* "success", "p50", "p99.9", "errors.timeout" … as written in files and reports. */
struct metric_text {
	char text[40];
};
struct metric_text metric_name(enum metric metric);
/* "%", "ms", "/s", or "" for plain numbers. */
const char *metric_unit(enum metric metric);
/* Also p999 for p99.9. Errors are found as a share. */
bool metric_find(const char *name, enum metric *ret_metric);
/* Offers the names there are, for one that is not; of the kinds of errors, and of percentiles,
 * those that are usual. */
void metric_offer(struct nearest *nearest);

bool metric_is_percentile(enum metric metric);
double metric_percent(enum metric metric); /* of a percentile: 99.9 */
/* A share of the requests, in percent. */
bool metric_is_share(enum metric metric);
bool metric_is_error(enum metric metric);	 /* METRIC_ERRORS or METRIC_ERROR_COUNT */
enum outcome metric_outcome(enum metric metric); /* of those; OUTCOME_OK: all */

/* What is written as its tolerance, for messages: "a comparison such as \">= 99%\"". */
const char *metric_expected(enum metric metric);

/* Reads a value with its unit: "99%", "250ms", "100/s", "3". Of errors both "1%" and "3" are read;
 * the latter makes *metric one that counts. ERR_USAGE with the reason. */
int metric_value_parse(enum metric *metric, const char *text, double *ret_value, struct err *err);

#endif
