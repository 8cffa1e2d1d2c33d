/* SPDX-License-Identifier: Apache-2.0 */
/*
 * equivalent - the command that would do the same as an operation by hand.
 */
#ifndef CLI_EQUIVALENT_H
#define CLI_EQUIVALENT_H

#include "faults/operation.h"

/* As text, heap. */
char *equivalent_command(const struct operation *operation);

/* On a line of its own. Names of interfaces and paths come from outside, so it is made fit for a
 * terminal. */
void equivalent_print(const char *indent, const struct operation *operation);

#endif
