/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text - names that come from outside (containers, processes, files), made fit for a reader: JSON
 * must be UTF-8, and a terminal must not be sent control characters.
 */
#ifndef REPORTS_TEXT_H
#define REPORTS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes one character off the front of UTF-8 text that is not empty. Returns its length in bytes
 * and the code point; one byte and U+FFFD where the text is malformed, overlong or a surrogate. */
size_t text_decode(const char *text, uint32_t *ret_code_point);

/* A heap copy with every malformed byte replaced by U+FFFD. */
char *text_utf8(const char *text);

/* A heap copy for a terminal: as text_utf8, and control characters (C0, DEL, C1, line and
 * paragraph separators, changes of the writing direction) replaced by U+FFFD. */
char *text_printable(const char *text);

/* The columns that printable text takes on a terminal. Combining marks are counted as one. */
size_t text_width(const char *text);

/* The length in bytes of as much of the text as fits into width columns. */
size_t text_cut(const char *text, size_t width);

#endif
