/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary - a report for a person to read at the end of a run: the verdict and why, what was
 * injected and what it touched, what the probes saw.
 */
#ifndef REPORTS_SUMMARY_H
#define REPORTS_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "reports/report.h"

void summary_print(const struct report *report, bool color, FILE *out);

#endif
