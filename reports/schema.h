/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_SCHEMA_H
#define REPORTS_SCHEMA_H

/* reports/report.schema.json: the JSON Schema (draft-07) of a report, NUL-terminated. */
extern const char report_schema[];

#endif
