/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/distribution_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/quote.h"
#include "experiments/user_file.h"
#include "reports/mem.h"

/* The largest table, with room for comments. */
#define FILE_KIB_MAX  256
#define FILE_SIZE_MAX ((size_t)FILE_KIB_MAX * 1024)

/* A word, which is not terminated in the file. */
#define WORD_MAX 16

static const char *skip_line(const char *at, const char *end)
{
	while (at < end && *at != '\n')
		at++;
	return at;
}

/* As tc reads it: decimal, or with 0x or 0 in front. */
static int read_number(const char *word, size_t length, int16_t *ret_number)
{
	char text[WORD_MAX];
	char *end;
	long number;

	if (length >= sizeof(text))
		return -1;
	memcpy(text, word, length);
	text[length] = '\0';
	errno = 0;
	number = strtol(text, &end, 0);
	if (*end != '\0' || errno != 0 || number < INT16_MIN || number > INT16_MAX)
		return -1;
	*ret_number = (int16_t)number;
	return 0;
}

static int refuse_word(
	const char *word, size_t length, bool private, unsigned int line, struct err *err)
{
	char text[WORD_MAX];

	if (private)
		return err_set(err, ERR_USAGE, 0, "line %u: expected whole numbers from %d to %d",
			line, INT16_MIN, INT16_MAX);
	snprintf(text, sizeof(text), "%.*s", (int)length, word);
	return err_set(err, ERR_USAGE, 0, "line %u: expected whole numbers from %d to %d, not '%s'",
		line, INT16_MIN, INT16_MAX, quote(text).text);
}

int distribution_parse(const char *text, size_t size, bool private,
	struct distribution_table *ret_table, struct err *err)
{
	const char *end = text + size;
	unsigned int line = 1;

	ret_table->size = 0;
	for (const char *at = text; at < end;) {
		const char *word = at;

		if (*at == '#') {
			at = skip_line(at, end);
			continue;
		}
		if (isspace((unsigned char)*at)) {
			line += *at++ == '\n';
			continue;
		}
		while (at < end && !isspace((unsigned char)*at))
			at++;
		if (ret_table->size == DISTRIBUTION_TABLE_SIZE)
			return err_set(err, ERR_USAGE, 0, "line %u: more than %d numbers", line,
				DISTRIBUTION_TABLE_SIZE);
		if (read_number(word, (size_t)(at - word), &ret_table->deviates[ret_table->size]) <
			0)
			return refuse_word(word, (size_t)(at - word), private, line, err);
		ret_table->size++;
	}
	if (ret_table->size == 0)
		return err_set(err, ERR_USAGE, 0, "has no numbers");
	return 0;
}

static bool is_same(const struct distribution_table *a, const struct distribution_table *b)
{
	return a->size == b->size &&
	       memcmp(a->deviates, b->deviates, a->size * sizeof(a->deviates[0])) == 0;
}

/* The number of the table behind the last, unless there is an equal one. */
static uint32_t find_or_keep(struct distribution_tables *tables)
{
	const struct distribution_table *last = &tables->tables[tables->count];

	for (uint32_t i = 0; i < tables->count; i++)
		if (is_same(&tables->tables[i], last))
			return i + 1;
	return ++tables->count;
}

int distribution_file_read(
	const char *path, struct distribution_tables *tables, uint32_t *ret_number, struct err *err)
{
	struct user_file file = {0};
	int result;

	if (tables->count == DISTRIBUTION_TABLES_MAX)
		return err_set(err, ERR_USAGE, 0, "is one too many: an experiment has at most %d",
			DISTRIBUTION_TABLES_MAX);
	if (user_file_read(path, FILE_SIZE_MAX + 1, &file, err) < 0)
		return -1;
	if (file.length > FILE_SIZE_MAX)
		result = err_set(err, ERR_USAGE, 0, "is longer than %d KiB", FILE_KIB_MAX);
	else
		result = distribution_parse(
			file.text, file.length, file.private, &tables->tables[tables->count], err);
	user_file_release(&file);
	if (result == 0)
		*ret_number = find_or_keep(tables);
	return result;
}
