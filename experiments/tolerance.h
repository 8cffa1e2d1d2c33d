/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tolerance - what a probe must keep to: "success: >= 99%", "p95: <= 250ms".
 */
#ifndef EXPERIMENTS_TOLERANCE_H
#define EXPERIMENTS_TOLERANCE_H

#include <stdbool.h>

#include "reports/err.h"

enum metric {
	METRIC_SUCCESS, /* percent of the requests that were due */
	METRIC_MIN,	/* the others: milliseconds, of the answered requests */
	METRIC_P50,
	METRIC_P90,
	METRIC_P95,
	METRIC_P99,
	METRIC_P999,
	METRIC_MAX,
	METRIC_MEAN,
	METRIC_COUNT,
};

enum comparison { COMPARE_LESS, COMPARE_AT_MOST, COMPARE_EQUAL, COMPARE_AT_LEAST, COMPARE_MORE };

struct tolerance {
	enum metric metric;
	enum comparison comparison;
	double limit;	  /* percent or milliseconds */
	const char *text; /* as written; borrowed from the experiment's arena */
};

/* "success", "p50", "p99.9" (also p999) …; the name as written in files and reports. */
const char *metric_name(enum metric metric);
const char *metric_unit(enum metric metric); /* "%" or "ms" */
bool metric_find(const char *name, enum metric *ret_metric);
/* What is written as its tolerance, for messages: "a comparison such as \">= 99%\"". */
const char *metric_expected(enum metric metric);

/* Reads "<= 250ms" or ">= 99%" for a metric; ERR_USAGE with the reason. ret->text is text. */
int tolerance_parse(
	enum metric metric, const char *text, struct tolerance *ret_tolerance, struct err *err);

bool tolerance_holds(const struct tolerance *tolerance, double observed);

#endif
