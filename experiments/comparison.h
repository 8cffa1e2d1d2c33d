/* SPDX-License-Identifier: Apache-2.0 */
/*
 * comparison - "<=", ">" and so on, with which conditions are written.
 */
#ifndef EXPERIMENTS_COMPARISON_H
#define EXPERIMENTS_COMPARISON_H

#include <stdbool.h>

enum comparison { COMPARE_LESS, COMPARE_AT_MOST, COMPARE_EQUAL, COMPARE_AT_LEAST, COMPARE_MORE };

/* Takes the sign that *cursor begins with; false: there is none. */
bool comparison_take(const char **cursor, enum comparison *ret_comparison);

bool comparison_holds(enum comparison comparison, double observed, double limit);

#endif
