/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "faults/crc32.h"
#include "faults/journal.h"
#include "faults/operation_text.h"

static int add_operation(struct journal_content *content, const char *text)
{
	struct operation *moved =
		realloc(content->operations, (content->count + 1) * sizeof(*moved));

	if (moved == NULL)
		return -1;
	content->operations = moved;
	if (operation_parse(text, &moved[content->count]) < 0)
		return -1;
	content->count++;
	return 0;
}

static int drop_operation(struct journal_content *content, const char *text)
{
	char *end;
	unsigned long id = strtoul(text, &end, 10);

	if (end == text || *end != '\0')
		return -1;
	for (size_t i = 0; i < content->count; i++) {
		if (content->operations[i].id != id)
			continue;
		memmove(&content->operations[i], &content->operations[i + 1],
			(content->count - i - 1) * sizeof(content->operations[0]));
		content->count--;
		return 0;
	}
	return -1;
}

static int read_header(struct journal_content *content, const char *text)
{
	int version;

	if (sscanf(text, "version=%d pid=%" SCNu32, &version, &content->writer_pid) != 2)
		return -1;
	return version == JOURNAL_VERSION ? 0 : -1;
}

/* One line without its newline: "CRC SEQUENCE WORD ARGUMENTS". */
static int read_line(struct journal_content *content, char *line, uint32_t expected_sequence)
{
	char *body = line + 9;
	char *arguments;
	char *word;
	char *end;
	unsigned long value;

	if (strlen(line) < 10 || line[8] != ' ')
		return -1;
	line[8] = '\0';
	value = strtoul(line, &end, 16);
	if (*end != '\0' || value != crc32_of(body, strlen(body)))
		return -1;
	value = strtoul(body, &word, 10);
	if (value != expected_sequence || *word++ != ' ')
		return -1;
	arguments = strchr(word, ' ');
	if (arguments == NULL)
		return -1;
	*arguments++ = '\0';
	if (expected_sequence == 1)
		return strcmp(word, "perturb") == 0 ? read_header(content, arguments) : -1;
	if (strcmp(word, "operation") == 0)
		return add_operation(content, arguments);
	if (strcmp(word, "undone") == 0)
		return drop_operation(content, arguments);
	return -1;
}

int journal_parse(
	const char *text, size_t length, struct journal_content *ret_content, struct err *err)
{
	struct journal_content content = {0};
	uint32_t sequence = 0;
	size_t at = 0;

	while (at < length) {
		const char *newline = memchr(text + at, '\n', length - at);
		char line[OPERATION_TEXT_MAX + 128];
		size_t size;

		if (newline == NULL)
			break; /* torn: its operation was never applied */
		size = (size_t)(newline - (text + at));
		if (size < sizeof(line)) {
			memcpy(line, text + at, size);
			line[size] = '\0';
		}
		if (size >= sizeof(line) || strlen(line) != size ||
			read_line(&content, line, sequence + 1) < 0) {
			journal_content_release(&content);
			return err_set(err, ERR_SYSTEM, 0,
				"line %" PRIu32 " of the journal is damaged", sequence + 1);
		}
		sequence++;
		at += size + 1;
	}
	*ret_content = content;
	return 0;
}
