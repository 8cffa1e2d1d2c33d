/* SPDX-License-Identifier: Apache-2.0 */
/* A journal that says anything: what is taken from it must be safe to act upon, and to print. */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults/crc32.h"
#include "faults/journal.h"
#include "faults/operation_check.h"
#include "faults/operation_place.h"
#include "faults/operation_text.h"

#define CRC_DIGITS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Gives every line the checksum that it should have: no fuzzer would guess it. */
static void correct_checksums(char *text, size_t size)
{
	while (size != 0) {
		const char *newline = memchr(text, '\n', size);
		size_t length = newline == NULL ? size : (size_t)(newline - text);
		char crc[CRC_DIGITS + 1];

		if (length > CRC_DIGITS) {
			snprintf(crc, sizeof(crc), "%08" PRIx32,
				crc32_of(text + CRC_DIGITS + 1, length - CRC_DIGITS - 1));
			memcpy(text, crc, CRC_DIGITS);
		}
		if (newline == NULL)
			break;
		text += length + 1;
		size -= length + 1;
	}
}

/* What was read is written as it was, and describes itself without looking beyond its ends. */
static void use(const struct operation *operation, FILE *nowhere)
{
	char text[OPERATION_TEXT_MAX];
	char again[OPERATION_TEXT_MAX];
	char place[OPERATION_PLACE_MAX];
	struct operation copy;

	if (operation_check_journalled(operation) < 0 ||
		operation_format(operation, text, sizeof(text)) < 0 ||
		operation_parse(text, &copy) < 0 ||
		operation_format(&copy, again, sizeof(again)) < 0 || strcmp(text, again) != 0 ||
		!(operation->type == OPERATION_SIGNAL || operation->type == OPERATION_NFT ||
			operation->type == OPERATION_DNS || operation_same_place(operation, &copy)))
		abort();
	operation_ops(operation->type)->describe(operation, nowhere);
	operation_place(operation, place, sizeof(place));
}

static void read_journal(const char *text, size_t size, FILE *nowhere)
{
	struct journal_content content;
	struct err err = {0};

	if (journal_parse(text, size, &content, &err) < 0)
		return;
	if (memchr(content.header.title, '\0', sizeof(content.header.title)) == NULL)
		abort();
	for (size_t i = 0; i < content.count; i++)
		use(&content.operations[i], nowhere);
	journal_content_release(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	char *text = malloc(size + 1);

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	if (text == NULL || nowhere == NULL)
		abort();
	memcpy(text, data, size);
	read_journal(text, size, nowhere);
	correct_checksums(text, size);
	read_journal(text, size, nowhere);
	free(text);
	return 0;
}
