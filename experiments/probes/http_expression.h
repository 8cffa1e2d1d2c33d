/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_expression - a compiled regular expression on the heap.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_EXPRESSION_H
#define EXPERIMENTS_PROBES_HTTP_EXPRESSION_H

#include <regex.h>

#include "reports/err.h"

/* POSIX extended. ERR_USAGE with the reason. */
int http_expression_new(const char *text, regex_t **ret_expression, struct err *err);
void http_expression_free(regex_t *expression);

#endif
