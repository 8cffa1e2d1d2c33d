/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json - a report as the JSON text that reports/report.schema.json describes.
 */
#ifndef REPORTS_JSON_H
#define REPORTS_JSON_H

#include "reports/report.h"

/* The whole report, indented, with a final newline; heap. Milliseconds and percentages are rounded
 * to three decimals; what never happened is null. */
char *report_json(const struct report *report);

#endif
