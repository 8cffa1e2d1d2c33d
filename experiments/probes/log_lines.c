/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/log_lines.h"

#include <string.h>

#include "reports/mem.h"

static size_t at_most(size_t length, size_t most)
{
	return length < most ? length : most;
}

static void keep(struct log_lines *lines, const char *text, size_t length)
{
	length = at_most(length, LOG_LINE_MAX - lines->length);
	if (lines->text == NULL)
		lines->text = xcalloc(1, LOG_LINE_MAX + 1);
	memcpy(lines->text + lines->length, text, length);
	lines->length += length;
	lines->text[lines->length] = '\0';
	lines->begun = true;
}

void log_lines_end(struct log_lines *lines)
{
	if (!lines->begun)
		return;
	lines->begun = false;
	lines->line(lines->data, lines->text, lines->length);
	lines->length = 0;
}

void log_lines_feed(struct log_lines *lines, const char *text, size_t length)
{
	while (length > 0) {
		const char *end = memchr(text, '\n', length);
		const size_t part = end != NULL ? (size_t)(end - text) : length;

		if (end == NULL || lines->begun)
			keep(lines, text, part);
		else
			lines->line(lines->data, text, at_most(part, LOG_LINE_MAX));
		if (end == NULL)
			return;
		log_lines_end(lines);
		text += part + 1;
		length -= part + 1;
	}
}

void log_lines_release(struct log_lines *lines)
{
	free(lines->text);
	lines->text = NULL;
	lines->length = 0;
	lines->begun = false;
}
