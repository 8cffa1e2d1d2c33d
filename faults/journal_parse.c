/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "faults/crc32.h"
#include "faults/journal.h"
#include "faults/operation_text.h"
#include "faults/word.h"

/* More than a run can have active: a batch is 1,024. */
#define OPERATIONS_MAX 65536

#define CRC_DIGITS 8

enum line { LINE_GOOD, LINE_DAMAGED, LINE_FAILED /* not the line's fault */ };

static enum line no_memory(struct err *err)
{
	err_set(err, ERR_SYSTEM, ENOMEM, "cannot read the journal");
	return LINE_FAILED;
}

static enum line add_operation(struct journal_content *content, const char *text, struct err *err)
{
	struct operation operation;

	if (operation_parse(text, &operation) < 0)
		return LINE_DAMAGED;
	if (content->count == content->capacity) {
		size_t capacity = content->capacity == 0 ? 16 : content->capacity * 2;
		struct operation *moved =
			capacity > OPERATIONS_MAX
				? NULL
				: realloc(content->operations, capacity * sizeof(*moved));

		if (moved == NULL)
			return no_memory(err);
		content->operations = moved;
		content->capacity = capacity;
	}
	content->operations[content->count++] = operation;
	return LINE_GOOD;
}

/* The youngest of that number: undoing goes from there, too. */
static enum line drop_operation(struct journal_content *content, const char *text)
{
	uint64_t id;

	if (word_unsigned(text, UINT32_MAX, &id) < 0)
		return LINE_DAMAGED;
	for (size_t i = content->count; i-- > 0;) {
		if (content->operations[i].id != id)
			continue;
		memmove(&content->operations[i], &content->operations[i + 1],
			(content->count - i - 1) * sizeof(content->operations[0]));
		content->count--;
		return LINE_GOOD;
	}
	return LINE_DAMAGED;
}

static int read_pid(const char *text, pid_t *ret_pid)
{
	uint64_t value;

	if (word_unsigned(text, INT_MAX, &value) < 0)
		return -1;
	*ret_pid = (pid_t)value;
	return 0;
}

static int read_pair(struct journal_header *header, const char *key, const char *value)
{
	uint64_t version;

	if (strcmp(key, "version") == 0) {
		if (word_unsigned(value, UINT32_MAX, &version) < 0 || version == 0)
			return -1;
		header->version = (uint32_t)version;
		return 0;
	}
	if (strcmp(key, "pid") == 0)
		return read_pid(value, &header->custodian_pid);
	if (strcmp(key, "start_time") == 0)
		return word_unsigned(value, UINT64_MAX, &header->custodian_start_time);
	if (strcmp(key, "main_pid") == 0)
		return read_pid(value, &header->main_pid);
	if (strcmp(key, "main_start_time") == 0)
		return word_unsigned(value, UINT64_MAX, &header->main_start_time);
	if (strcmp(key, "began_ms") == 0)
		return word_signed(value, 0, INT64_MAX, &header->began_ms);
	if (strcmp(key, "title") == 0)
		return word_decode(value, header->title, sizeof(header->title));
	return -1;
}

/* The version comes first: what follows it is another version's business. */
static enum line read_header(struct journal_content *content, char *text, struct err *err)
{
	struct journal_header header = {0};
	char *word;

	while ((word = strsep(&text, " ")) != NULL) {
		char *value = strchr(word, '=');

		if (value == NULL)
			return LINE_DAMAGED;
		*value++ = '\0';
		if (read_pair(&header, word, value) < 0 || header.version == 0)
			return LINE_DAMAGED;
		if (header.version > JOURNAL_VERSION) {
			err_set(err, ERR_UNAVAILABLE, 0,
				"was written by a newer perturb (journal format %" PRIu32
				", this one knows up to %d): use that one",
				header.version, JOURNAL_VERSION);
			return LINE_FAILED;
		}
	}
	if (header.custodian_pid == 0)
		return LINE_DAMAGED;
	content->header = header;
	return LINE_GOOD;
}

/* One line without its newline: "CRC SEQUENCE WORD ARGUMENTS"; cuts it into pieces. */
static enum line read_line(
	struct journal_content *content, char *line, uint32_t *sequence, struct err *err)
{
	char *body = line + CRC_DIGITS + 1;
	char *rest = body;
	const char *number;
	const char *word;
	char crc[CRC_DIGITS + 1];
	uint64_t value;

	if (strlen(line) <= CRC_DIGITS || line[CRC_DIGITS] != ' ')
		return LINE_DAMAGED;
	snprintf(crc, sizeof(crc), "%08" PRIx32, crc32_of(body, strlen(body)));
	if (memcmp(crc, line, CRC_DIGITS) != 0)
		return LINE_DAMAGED;
	number = strsep(&rest, " ");
	word = strsep(&rest, " ");
	if (word == NULL || rest == NULL || word_unsigned(number, UINT32_MAX, &value) < 0 ||
		value <= *sequence)
		return LINE_DAMAGED;
	/* Lines are missing; this one is as good as before. */
	if (value != *sequence + 1 && content->damaged_line == 0)
		content->damaged_line = *sequence + 1;
	*sequence = (uint32_t)value;
	if (value == 1)
		return strcmp(word, "perturb") == 0 ? read_header(content, rest, err)
						    : LINE_DAMAGED;
	if (strcmp(word, "operation") == 0)
		return add_operation(content, rest, err);
	if (strcmp(word, "undone") == 0)
		return drop_operation(content, rest);
	return LINE_DAMAGED;
}

int journal_parse(
	const char *text, size_t length, struct journal_content *ret_content, struct err *err)
{
	struct journal_content content = {0};
	uint32_t sequence = 0;
	uint32_t number = 0;
	size_t at = 0;

	while (at < length) {
		const char *newline = memchr(text + at, '\n', length - at);
		char line[OPERATION_TEXT_MAX + 128];
		enum line result = LINE_DAMAGED;
		size_t size;

		if (newline == NULL)
			break; /* torn: its operation was never applied */
		number++;
		size = (size_t)(newline - (text + at));
		if (size < sizeof(line)) {
			memcpy(line, text + at, size);
			line[size] = '\0';
			if (strlen(line) == size)
				result = read_line(&content, line, &sequence, err);
		}
		if (result == LINE_FAILED) {
			journal_content_release(&content);
			return -1;
		}
		if (result == LINE_DAMAGED && content.damaged_line == 0)
			content.damaged_line = number;
		/* The next one is expected to follow it, whatever it was. */
		if (result == LINE_DAMAGED && sequence < number)
			sequence = number;
		at += size + 1;
	}
	*ret_content = content;
	return 0;
}
