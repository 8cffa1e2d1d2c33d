/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prometheus_answer - what Prometheus says to a query, by its HTTP API
 * (https://prometheus.io/docs/prometheus/latest/querying/api/).
 */
#ifndef EXPERIMENTS_PROBES_PROMETHEUS_ANSWER_H
#define EXPERIMENTS_PROBES_PROMETHEUS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/outcome.h"
#include "experiments/probes/number_range.h"

/* OUTCOME_VALUE: a sample is out of range, or not a number. OUTCOME_BODY: an error, no sample, or
 * a result that has none (text, histograms). OUTCOME_PROTOCOL: no such answer. */
struct prometheus_answer {
	enum outcome outcome;
	double value; /* the first sample that is out of range; else the largest */
	bool has_value;
};

/* Every sample of every series must keep to conditions. text has a NUL after its length bytes. */
struct prometheus_answer prometheus_answer_read(const char *text, size_t length,
	const struct number_range *conditions, bool empty_is_right);

#endif
