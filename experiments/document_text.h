/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document_text - what a file must be before it can be YAML: UTF-8 without NUL bytes and control
 * characters.
 */
#ifndef EXPERIMENTS_DOCUMENT_TEXT_H
#define EXPERIMENTS_DOCUMENT_TEXT_H

#include <stddef.h>

#include "reports/err.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* Checks length bytes, which a NUL byte follows; adds the first thing that is wrong. */
int document_text_check(const char *file, const char *text, size_t length, struct err_list *errors);

/* The text at a place (both counted from 1), or its end. */
const char *document_text_at(const char *text, size_t line, size_t column);

#endif
