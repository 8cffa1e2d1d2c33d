/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation_text - an operation as one line of text, for the journal, and back.
 */
#ifndef FAULTS_OPERATION_TEXT_H
#define FAULTS_OPERATION_TEXT_H

#include <stddef.h>

#include "faults/operation.h"

#define OPERATION_TEXT_MAX 4096

/* Writes "id=1 type=netem pid=4711 …" (no newline; values percent-encoded, exact). Returns the
 * length, or -1 when buffer is too small (OPERATION_TEXT_MAX never is). */
int operation_format(const struct operation *operation, char *buffer, size_t size);

/* Reads such a line; keys left out are zero, unknown keys an error. Returns 0 or -1. */
int operation_parse(const char *text, struct operation *ret_operation);

#endif
