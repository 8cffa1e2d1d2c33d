/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/text.h"

#include <string.h>

#include "reports/mem.h"

#define REPLACEMENT	       0xFFFDU
#define REPLACEMENT_UTF8       "\xEF\xBF\xBD"
#define REPLACEMENT_UTF8_BYTES (sizeof(REPLACEMENT_UTF8) - 1)

static size_t malformed(uint32_t *ret_code_point)
{
	*ret_code_point = REPLACEMENT;
	return 1;
}

/* RFC 3629. The terminating NUL is no continuation byte, so that reading stops at it. */
size_t text_decode(const char *text, uint32_t *ret_code_point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t code_point;
	size_t length;

	if (bytes[0] < 0x80) {
		*ret_code_point = bytes[0];
		return 1;
	}
	if ((bytes[0] & 0xE0) == 0xC0)
		length = 2;
	else if ((bytes[0] & 0xF0) == 0xE0)
		length = 3;
	else if ((bytes[0] & 0xF8) == 0xF0)
		length = 4;
	else
		return malformed(ret_code_point);
	code_point = bytes[0] & (0xFFU >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xC0) != 0x80)
			return malformed(ret_code_point);
		code_point = code_point << 6 | (bytes[i] & 0x3FU);
	}
	if (code_point < smallest[length] || code_point > 0x10FFFF ||
		(code_point >= 0xD800 && code_point <= 0xDFFF))
		return malformed(ret_code_point);
	*ret_code_point = code_point;
	return length;
}

static bool is_control(uint32_t code_point)
{
	return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
	       (code_point >= 0x200B && code_point <= 0x200F) || /* invisible, direction marks */
	       (code_point >= 0x2028 && code_point <= 0x202E) || /* separators, direction */
	       (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xFEFF;
}

static char *copy(const char *text, bool printable)
{
	/* the worst case: every byte becomes a replacement character */
	char *clean = xcalloc(strlen(text) * REPLACEMENT_UTF8_BYTES + 1, 1);
	size_t used = 0;

	while (*text != '\0') {
		uint32_t code_point;
		size_t length = text_decode(text, &code_point);

		if (code_point == REPLACEMENT || (printable && is_control(code_point))) {
			memcpy(clean + used, REPLACEMENT_UTF8, REPLACEMENT_UTF8_BYTES);
			used += REPLACEMENT_UTF8_BYTES;
		} else {
			memcpy(clean + used, text, length);
			used += length;
		}
		text += length;
	}
	return clean;
}

char *text_utf8(const char *text)
{
	return copy(text, false);
}

char *text_printable(const char *text)
{
	return copy(text, true);
}

/* The blocks of UAX #11 that matter: East Asian scripts and emoji. */
static size_t columns(uint32_t code_point)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} wide[] = {
		{0x1100, 0x115F},
		{0x2E80, 0xA4CF},
		{0xAC00, 0xD7A3},
		{0xF900, 0xFAFF},
		{0xFE30, 0xFE6F},
		{0xFF00, 0xFF60},
		{0xFFE0, 0xFFE6},
		{0x1F300, 0x1FAFF},
		{0x20000, 0x3FFFD},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
		if (code_point >= wide[i].first && code_point <= wide[i].last)
			return 2;
	}
	return 1;
}

size_t text_width(const char *text)
{
	size_t width = 0;

	while (*text != '\0') {
		uint32_t code_point;

		text += text_decode(text, &code_point);
		width += columns(code_point);
	}
	return width;
}

size_t text_cut(const char *text, size_t width)
{
	const char *end = text;

	while (*end != '\0') {
		uint32_t code_point;
		size_t length = text_decode(end, &code_point);

		if (columns(code_point) > width)
			break;
		width -= columns(code_point);
		end += length;
	}
	return (size_t)(end - text);
}
