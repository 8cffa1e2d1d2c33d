/* SPDX-License-Identifier: Apache-2.0 */
/*
 * word - values as they stand in the journal: exact, and without anything that could be taken for
 * structure. Readers take nothing but what the writers write.
 */
#ifndef FAULTS_WORD_H
#define FAULTS_WORD_H

#include <stddef.h>
#include <stdint.h>

/* Percent-encodes everything but letters, digits and a few harmless characters. What does not fit
 * is cut off; three times the length of text, and one, is enough. */
void word_encode(const char *text, char *out, size_t size);

/* The opposite. -1: not such a text, or too long for out. */
int word_decode(const char *text, char *out, size_t size);

/* Decimal numbers. -1: not one, or out of range. */
int word_unsigned(const char *text, uint64_t maximum, uint64_t *ret_value);
int word_signed(const char *text, int64_t minimum, int64_t maximum, int64_t *ret_value);

#endif
