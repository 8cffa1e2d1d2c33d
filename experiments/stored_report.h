/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stored_report - the figures of an earlier run, from its report.
 */
#ifndef EXPERIMENTS_STORED_REPORT_H
#define EXPERIMENTS_STORED_REPORT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "experiments/metric.h"
#include "reports/err.h"
#include "reports/report.h"

/* Zero-initialise; release with stored_report_release. */
struct stored_report {
	cJSON *root;
};

/* Reads a report with the rights of the user. ERR_USAGE says what is wrong with it, and nothing of
 * what is in it. */
int stored_report_read(const char *path, struct stored_report *ret_report, struct err *err);
void stored_report_release(struct stored_report *report);

bool stored_report_has(const struct stored_report *report, const char *probe);
/* A figure of a probe in a phase, in the metric's unit; false: it is not there. */
bool stored_report_find(const struct stored_report *report, const char *probe, enum phase phase,
	enum metric metric, double *ret_value);

#endif
