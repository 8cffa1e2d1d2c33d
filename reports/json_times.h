/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_times - what was measured of the requests of a phase: counts, times and figures.
 */
#ifndef REPORTS_JSON_TIMES_H
#define REPORTS_JSON_TIMES_H

#include "reports/json_value.h"
#include "reports/report.h"

void json_put_times(cJSON *object, const struct report_probe_phase *phase);

/* Pairs of a bound in milliseconds and a count; only the buckets that are not empty. */
void json_put_histogram(cJSON *object, const struct report_probe_phase *phase);

#endif
