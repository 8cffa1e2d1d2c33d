/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal - what a stream can show.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A terminal on which the cursor can be moved: not a file, a pipe or TERM=dumb. */
bool terminal_can_redraw(FILE *stream);

/* A terminal that can redraw, and no NO_COLOR in the environment (https://no-color.org). */
bool terminal_color(FILE *stream);

/* Columns, as of now; 80 when the terminal does not say. */
size_t terminal_width(FILE *stream);

#endif
