/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern - a name as users write it: exact, a glob (* ? [) or a regular expression (/between
 * slashes/, POSIX extended, unanchored). Without the x family: the custodian matches, too.
 */
#ifndef FAULTS_PATTERN_H
#define FAULTS_PATTERN_H

#include <stdbool.h>

#include "reports/err.h"

/* Is text a well-formed pattern? Else ERR_USAGE with the reason. */
int pattern_check(const char *text, struct err *err);

/* Does the pattern (already checked) match the whole of name? A regular expression may match any
 * part of it. 1 or 0; -1 when that cannot be found out (no memory). */
int pattern_compare(const char *pattern, const char *name);

/* The same for whom "cannot be found out" is as good as no. */
bool pattern_match(const char *pattern, const char *name);

#endif
