/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_match - is a text of a few KiB, which a program or a file has, the one that a probe wants?
 */
#ifndef EXPERIMENTS_PROBES_TEXT_MATCH_H
#define EXPERIMENTS_PROBES_TEXT_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/outcome.h"
#include "experiments/probes/number_range.h"
#include "reports/err.h"

/* NULL, and no conditions: not asked. */
struct text_wanted {
	const char *contains;
	const char *matches; /* POSIX extended regular expression */
	const char *equals;  /* line ends at the end of the text aside */
	struct number_range value;
};

struct text_match;

/* Is anything asked? */
bool text_is_wanted(const struct text_wanted *wanted);

/* Borrows wanted. ERR_USAGE for a bad regular expression. */
int text_match_new(
	const struct text_wanted *wanted, struct text_match **ret_match, struct err *err);
void text_match_free(struct text_match *match);

/* OUTCOME_OK, _BODY or, for a number that is not as it should be or none, _VALUE. A regular
 * expression sees NUL bytes as any others. */
enum outcome text_match_judge(const struct text_match *match, const char *text, size_t length);

/* Is the text a decimal number, white space around it aside? It may have a sign and an exponent. */
bool text_number(const char *text, size_t length, double *ret_number);

#endif
