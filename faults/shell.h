/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shell - words for commands that are shown to people, and never run by perturb.
 */
#ifndef FAULTS_SHELL_H
#define FAULTS_SHELL_H

#include <stdio.h>

/* Writes text as one word of a POSIX shell: as it is where possible, else between quotes. */
void shell_quote(const char *text, FILE *out);

#endif
