/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote - the beginning of a text that a user wrote, fit to be shown inside an error message: no
 * control characters, and not longer than a line.
 */
#ifndef EXPERIMENTS_QUOTE_H
#define EXPERIMENTS_QUOTE_H

#include "reports/err.h"

struct quoted {
	char text[256];
};

/* Use as quote(text).text in the arguments of a call. */
struct quoted quote(const char *text);

/* The same for what a file says, in an error about it: "***" when that must not be shown. Whatever
 * comes from a document goes through here. */
struct quoted quote_file(const struct err_list *errors, const char *text);

#endif
