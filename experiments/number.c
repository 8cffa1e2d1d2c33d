/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/number.h"

#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 18

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

bool number_take(const char **cursor, double *ret_value)
{
	const char *at = *cursor;
	uint64_t digits = 0;
	double scale = 1.0;
	int count = 0;

	if (!is_digit(*at))
		return false;
	for (; is_digit(*at); at++, count++) {
		if (count == DIGITS_MAX)
			return false;
		digits = digits * 10 + (uint64_t)(*at - '0');
	}
	if (*at == '.') {
		if (!is_digit(at[1]))
			return false;
		for (at++; is_digit(*at); at++, count++) {
			if (count == DIGITS_MAX)
				return false;
			digits = digits * 10 + (uint64_t)(*at - '0');
			scale *= 10.0;
		}
	}
	*ret_value = (double)digits / scale;
	*cursor = at;
	return true;
}

bool number_whole(const char *text, uint32_t *ret_value)
{
	uint64_t value = 0;

	if (*text == '\0')
		return false;
	for (; is_digit(*text); text++) {
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > UINT32_MAX)
			return false;
	}
	if (*text != '\0')
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

const char *number_format(double value, int decimals, char *buffer, size_t size)
{
	size_t length;

	snprintf(buffer, size, "%.*f", decimals, value);
	if (strchr(buffer, '.') == NULL)
		return buffer;
	length = strlen(buffer);
	while (buffer[length - 1] == '0')
		buffer[--length] = '\0';
	if (buffer[length - 1] == '.')
		buffer[length - 1] = '\0';
	return buffer;
}
