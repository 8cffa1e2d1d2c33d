/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/document_text.h"

#include <stdbool.h>
#include <stdint.h>

#include "reports/text.h"

/* The printable characters of YAML 1.1 (section 5.1), as libyaml takes them. */
static bool is_allowed(uint32_t code_point)
{
	if (code_point < 0x20)
		return code_point == '\t' || code_point == '\n' || code_point == '\r';
	if (code_point >= 0x7F && code_point < 0xA0)
		return code_point == 0x85;
	return code_point != 0xFEFF && code_point != 0xFFFE && code_point != 0xFFFF;
}

static bool ends_line(const char *at)
{
	return *at == '\n' || (*at == '\r' && at[1] != '\n');
}

int document_text_check(const char *file, const char *text, size_t length, struct err_list *errors)
{
	struct loc loc = {.file = file, .line = 1, .column = 1};
	const char *end = text + length;

	while (text < end) {
		uint32_t code_point;
		size_t taken = text_decode(text, &code_point);

		if (*text == '\0') {
			err_list_add(errors, loc, "a NUL byte: this is not a text file");
			return -1;
		}
		if (code_point == 0xFFFD && taken == 1) {
			if (errors->text_private)
				err_list_add(errors, loc, "a byte that is not UTF-8");
			else
				err_list_add(errors, loc, "byte 0x%02x is not UTF-8",
					(unsigned int)(unsigned char)*text);
			return -1;
		}
		if (!is_allowed(code_point)) {
			err_list_add(errors, loc, "the control character U+%04X is not allowed",
				(unsigned int)code_point);
			return -1;
		}
		loc.column++;
		if (ends_line(text)) {
			loc.line++;
			loc.column = 1;
		}
		text += taken;
	}
	return 0;
}

const char *document_text_at(const char *text, size_t line, size_t column)
{
	for (; line > 1 && *text != '\0'; text++) {
		if (ends_line(text))
			line--;
	}
	for (; column > 1 && *text != '\0'; column--) {
		uint32_t code_point;

		text += text_decode(text, &code_point);
	}
	return text;
}
