/* SPDX-License-Identifier: Apache-2.0 */
/*
 * number - the one form of numbers in experiments: digits, and at most one point between digits.
 * No sign, exponent, infinity, NaN, hexadecimal or locale.
 */
#ifndef EXPERIMENTS_NUMBER_H
#define EXPERIMENTS_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes a number off the front of *cursor and moves it behind; false if there is none, or one of
 * more than 18 digits. */
bool number_take(const char **cursor, double *ret_value);

/* The whole text is a number without a point that fits. */
bool number_whole(const char *text, uint32_t *ret_value);

/* The shortest decimal text of value, a multiple of a 10^decimals-th, without trailing zeros. */
const char *number_format(double value, int decimals, char *buffer, size_t size);

#endif
