/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern - a name as users write it: exact, a glob (* ? [) or a regular expression (/between
 * slashes/, POSIX extended, unanchored).
 */
#ifndef EXPERIMENTS_PATTERN_H
#define EXPERIMENTS_PATTERN_H

#include <stdbool.h>

#include "reports/err.h"

/* Is text a well-formed pattern? Else ERR_USAGE with the reason. */
int pattern_check(const char *text, struct err *err);

/* Does the pattern (already checked) match the whole of name? A regular expression may match any
 * part of it. */
bool pattern_match(const char *pattern, const char *name);

#endif
