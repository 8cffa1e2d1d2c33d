/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary_tolerance - one tolerance and what became of it, in a line for people.
 */
#ifndef REPORTS_SUMMARY_TOLERANCE_H
#define REPORTS_SUMMARY_TOLERANCE_H

#include "reports/report.h"

/* "held: success 99.2% [98.0, 99.7] of 500, expected >= 99%", without colors; what the experiment
 * wrote is in it as it is. */
void summary_tolerance(const struct report_tolerance *tolerance, char *buffer, size_t size);

#endif
