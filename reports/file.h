/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file - a report on disk: there is a whole one or none.
 */
#ifndef REPORTS_FILE_H
#define REPORTS_FILE_H

#include "reports/err.h"
#include "reports/report.h"

/* Can a report be written into this directory? Asked before a run, so that a wrong --out is not
 * found out after it. Changes nothing. ERR_USAGE. */
int report_directory_check(const char *directory, struct err *err);

/*
 * Writes perturb-TITLE-UTCTIME.json into the directory and stores it safely; *ret_path is its
 * path, heap. Never replaces a file: a second report of the same title and second gets "-2". Under
 * sudo, it is written by the user who called sudo, and theirs.
 */
int report_write(
	const struct report *report, const char *directory, char **ret_path, struct err *err);

#endif
