/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message - errors and warnings on stderr, all in one form:
 *
 *     perturb: FILE:LINE:COLUMN: what is wrong
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "experiments/nearest.h"
#include "reports/err.h"

/* Prints the error; returns the exit status that it leads to. */
int message_error(const struct err *err);
/* Prints every error of a file and how many were left out; returns the exit status (2, or 3 for a
 * file that cannot be read at all is still 2: a usage error). */
int message_errors(const struct err_list *errors);
void message_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints a usage error for a verb and where to find its help; returns 2. */
int message_usage(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The usage error for a name that is none of a kind of things ("probe kind"), with the one that was
 * perhaps meant; returns 2. */
int message_unknown(const char *verb, const char *what, const struct nearest *nearest);

#endif
