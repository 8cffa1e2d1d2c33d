/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults_json - the kind table for programs, and the words for what a parameter takes.
 */
#ifndef CLI_FAULTS_JSON_H
#define CLI_FAULTS_JSON_H

#include "faults/kind.h"

/* "duration", "percentage", … */
const char *field_type_name(enum field_type type);

/* An array of all kinds, or the object of one; heap. */
char *faults_json(const struct fault_kind *kind);

#endif
