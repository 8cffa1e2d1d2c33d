/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expression - regular expressions from an experiment file: POSIX extended, and small enough that
 * compiling and matching them takes no noticeable time or memory.
 */
#ifndef FAULTS_EXPRESSION_H
#define FAULTS_EXPRESSION_H

#include <regex.h>

#include "reports/err.h"

/* Is text a well-formed regular expression within the limits? Else ERR_USAGE with the reason. */
int expression_check(const char *text, struct err *err);

/* Compiles one that was checked; expression_free frees it. ERR_USAGE with the reason when it is
 * none after all. */
int expression_new(const char *text, regex_t **ret_expression, struct err *err);
void expression_free(regex_t *expression); /* also NULL */

#endif
