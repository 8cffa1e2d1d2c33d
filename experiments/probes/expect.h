/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect - does an answer contain a text, and match a regular expression?
 */
#ifndef EXPERIMENTS_PROBES_EXPECT_H
#define EXPERIMENTS_PROBES_EXPECT_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "reports/err.h"

/* Zero-initialised: nothing is asked, and everything holds. */
struct expect {
	const char *contains; /* borrowed; NULL: not asked */
	regex_t *expression;  /* NULL: not asked */
};

/* Either may be NULL. ERR_USAGE for a bad regular expression. */
int expect_init(
	struct expect *expect, const char *contains, const char *expression, struct err *err);
void expect_release(struct expect *expect);

/* Is anything asked? */
bool expect_asks(const struct expect *expect);

/* text has length bytes and a NUL after them; the regular expression sees it up to its first NUL.
 */
bool expect_holds(const struct expect *expect, const char *text, size_t length);

#endif
