/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/quote.h"

#include <string.h>

#include "reports/mem.h"
#include "reports/text.h"

/* Columns; a character takes at most four bytes, so that 60 of them and the mark fit. */
#define WIDTH_MAX 60
#define CUT_MARK  "…"

struct quoted quote(const char *text)
{
	struct quoted quoted = {0};
	char start[sizeof(quoted.text)] = {0};
	cleanup_free char *printable = NULL;
	size_t length = strnlen(text, sizeof(start) - 1);

	memcpy(start, text, length);
	printable = text_printable(start);
	length = text_cut(printable, WIDTH_MAX);
	memcpy(quoted.text, printable, length);
	if (printable[length] != '\0')
		memcpy(quoted.text + length, CUT_MARK, sizeof(CUT_MARK));
	return quoted;
}

struct quoted quote_file(const struct err_list *errors, const char *text)
{
	return quote(errors->text_private ? "***" : text);
}
