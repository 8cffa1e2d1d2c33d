/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expression - regular expressions from an experiment file: POSIX extended, and small enough that
 * compiling and matching them takes no noticeable time or memory.
 */
#ifndef FAULTS_EXPRESSION_H
#define FAULTS_EXPRESSION_H

#include "reports/err.h"

/* Is text a well-formed regular expression within the limits? Else ERR_USAGE with the reason. */
int expression_check(const char *text, struct err *err);

#endif
