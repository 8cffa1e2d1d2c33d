/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/word.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void word_encode(const char *text, char *out, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t used = 0;

	for (; *text != '\0' && used + 4 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr("/._-:@+,", c) != NULL) {
			out[used++] = (char)c;
		} else {
			out[used++] = '%';
			out[used++] = digits[c >> 4];
			out[used++] = digits[c & 15];
		}
	}
	out[used] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int word_decode(const char *text, char *out, size_t size)
{
	size_t used = 0;

	while (*text != '\0') {
		int value = (unsigned char)*text++;

		if (value == '%') {
			int high = hex_digit(text[0]);
			int low = high < 0 ? -1 : hex_digit(text[1]);

			if (low < 0)
				return -1;
			value = high * 16 + low;
			text += 2;
		}
		if (value == 0 || used + 1 >= size)
			return -1;
		out[used++] = (char)value;
	}
	out[used] = '\0';
	return 0;
}

int word_unsigned(const char *text, uint64_t maximum, uint64_t *ret_value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*ret_value = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *ret_value <= maximum ? 0 : -1;
}

int word_signed(const char *text, int64_t minimum, int64_t maximum, int64_t *ret_value)
{
	char *end;

	if (!isdigit((unsigned char)text[*text == '-']))
		return -1;
	errno = 0;
	*ret_value = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' && *ret_value >= minimum && *ret_value <= maximum ? 0
											    : -1;
}
