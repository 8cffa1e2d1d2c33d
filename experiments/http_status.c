/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/http_status.h"

#include <string.h>
#include <strings.h>

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* Three digits off the front of *cursor. */
static bool take_status(const char **cursor, int *ret_status)
{
	const char *at = *cursor;

	if (!is_digit(at[0]) || !is_digit(at[1]) || !is_digit(at[2]))
		return false;
	*ret_status = (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
	*cursor = at + 3;
	return *ret_status >= HTTP_STATUS_MIN && *ret_status <= HTTP_STATUS_MAX;
}

bool http_status_parse(const char *text, bool *allowed)
{
	int first;
	int last;

	if (text[0] >= '1' && text[0] <= '5' && strcasecmp(text + 1, "xx") == 0) {
		first = (text[0] - '0') * 100;
		last = first + 99;
	} else {
		if (!take_status(&text, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!take_status(&text, &last))
				return false;
		}
		if (*text != '\0' || last < first)
			return false;
	}
	memset(allowed + first, true, (size_t)(last - first) + 1);
	return true;
}
