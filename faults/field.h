/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field - one parameter of a fault kind, described once.
 *
 * The same row drives the YAML validation, the flags of inject, the faults verb, the JSON Schema
 * and the manual page. The reading of text lives in experiments/, because faults knows no text.
 */
#ifndef FAULTS_FIELD_H
#define FAULTS_FIELD_H

#include <stddef.h>

enum field_type {
	FIELD_DURATION, /* int64_t, nanoseconds; "200ms" */
	FIELD_PERCENT,	/* double, 0 to 100; "5%" */
	FIELD_RATE,	/* uint64_t, bits per second; "10mbit" */
	FIELD_SIZE,	/* uint64_t, bytes; "64KiB" */
	FIELD_OVERHEAD, /* int64_t, bytes; "18B", "-14B" */
	FIELD_COUNT,	/* uint32_t; "5" */
	FIELD_CHOICE,	/* int, index into choices */
	FIELD_BOOLEAN,	/* bool; "true" */
	FIELD_SIGNAL,	/* int, signal number; "SIGTERM", "term" or "15" */
	FIELD_TEXT,	/* char[FIELD_TEXT_MAX], NUL-terminated */
	FIELD_FILE,	/* the same, a path; whoever reads fields for a user reads it, too */
	FIELD_TEXTS, /* one or several such texts, side by side, at most maximum; the rest is "" */
	FIELD_GROUP, /* a mapping with fields of its own, in the same structure */
};

#define FIELD_TEXT_MAX 256

#define FIELD_REQUIRED	  (1U << 0)
#define FIELD_ALTERNATIVE (1U << 1) /* of a table's rows with this flag, exactly one is given */

struct field {
	const char *name;
	enum field_type type;
	unsigned int flags;
	size_t offset;	/* in struct fault_params */
	double minimum; /* in the type's unit (nanoseconds, percent, bits/s, bytes, …) */
	double maximum;
	const char *fallback;	    /* default as a user would write it; NULL: none or zero */
	const char *const *choices; /* FIELD_CHOICE: NULL-terminated */
	const struct field *group;  /* FIELD_GROUP: ends with a NULL name */
	const char *help;	    /* one clause, lower case */
};

#endif
