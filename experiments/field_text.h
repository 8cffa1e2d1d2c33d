/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field_text - the values of a field table's rows as text, in both directions.
 */
#ifndef EXPERIMENTS_FIELD_TEXT_H
#define EXPERIMENTS_FIELD_TEXT_H

#include <stdbool.h>

#include "faults/field.h"
#include "reports/err.h"
#include "reports/mem.h"

/* Reads text into the value's place; ERR_USAGE if it is malformed or out of the field's range. */
int field_read(const struct field *field, const char *text, void *ret_value, struct err *err);

/* How large the value is, in bytes. */
size_t field_size(const struct field *field);

/* The value as a user would write it. */
const char *field_write(const struct field *field, const void *value, struct arena *arena);

/* A minimum or maximum of such a field as a user would write it; buffer receives it. */
const char *field_limit_write(enum field_type type, double number, char *buffer, size_t size);

/* The value as a number in the unit of the field's minimum and maximum, and back; false for what
 * has no order. */
bool field_magnitude(enum field_type type, const void *value, double *ret_magnitude);
void field_set_magnitude(enum field_type type, double magnitude, void *ret_value);

/* What the field takes, for messages: "a duration such as 200ms". */
const char *field_expected(const struct field *field);

#endif
