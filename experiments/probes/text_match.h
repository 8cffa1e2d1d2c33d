/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_match - does an answer contain a text, and match a regular expression?
 */
#ifndef EXPERIMENTS_PROBES_TEXT_MATCH_H
#define EXPERIMENTS_PROBES_TEXT_MATCH_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "reports/err.h"

/* Zero-initialised: nothing is asked, and everything holds. */
struct text_match {
	const char *contains; /* borrowed; NULL: not asked */
	bool has_expression;
	regex_t expression;
};

/* Either may be NULL. ERR_USAGE for a bad regular expression. */
int text_match_init(
	struct text_match *match, const char *contains, const char *expression, struct err *err);
void text_match_release(struct text_match *match);

/* Is anything asked? */
bool text_match_asks(const struct text_match *match);

/* text has length bytes and a NUL after them; the regular expression sees it up to its first NUL.
 */
bool text_match_holds(const struct text_match *match, const char *text, size_t length);

#endif
