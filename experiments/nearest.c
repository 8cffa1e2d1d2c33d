/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/nearest.h"

#include <ctype.h>
#include <string.h>

/* Longer names are not compared: nobody mistypes them by a letter, and it takes too long. */
#define LENGTH_MAX   64
#define DISTANCE_MAX 3

/* One mistake in three letters still tells what was meant; "to" and "at" do not resemble. */
struct nearest nearest_begin(const char *name, size_t length)
{
	struct nearest nearest = {.name = name, .length = length};
	size_t farthest = (length + 1) / 3;

	if (length <= LENGTH_MAX)
		nearest.distance = 1 + (farthest < DISTANCE_MAX ? farthest : DISTANCE_MAX);
	return nearest;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Upper and lower case count as the same. */
static int differ(char a, char b)
{
	return tolower((unsigned char)a) != tolower((unsigned char)b);
}

/* The Damerau-Levenshtein distance (optimal string alignment): insertions, deletions,
 * substitutions and swaps of neighbours. The lengths differ by DISTANCE_MAX at most; what is
 * farther than that from the diagonal cannot lead to a smaller distance, and is not looked at. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][LENGTH_MAX + 2];
	size_t *before = rows[0];
	size_t *above = rows[1];
	size_t *row = rows[2];

	for (size_t j = 0; j < LENGTH_MAX + 2; j++)
		rows[0][j] = rows[1][j] = rows[2][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t first = i > DISTANCE_MAX ? i - DISTANCE_MAX : 1;
		size_t last = i + DISTANCE_MAX < b_length ? i + DISTANCE_MAX : b_length;
		size_t *oldest = before;

		row[first - 1] = first == 1 ? i : LENGTH_MAX;
		for (size_t j = first; j <= last; j++) {
			size_t changed = differ(a[i - 1], b[j - 1]) ? 1 : 0;

			row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + changed);
			if (i > 1 && j > 1 && !differ(a[i - 1], b[j - 2]) &&
				!differ(a[i - 2], b[j - 1]) && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = above;
		above = row;
		row = oldest;
	}
	return above[b_length];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t length = strlen(candidate);
	size_t difference =
		length > nearest->length ? length - nearest->length : nearest->length - length;
	size_t found;

	if (length > LENGTH_MAX || difference >= nearest->distance)
		return;
	found = distance(nearest->name, nearest->length, candidate, length);
	if (found < nearest->distance) {
		nearest->distance = found;
		nearest->best = candidate;
	}
}
