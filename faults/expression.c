/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/expression.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "reports/mem.h"

/* regcomp unrolls repetitions: (((a{99}){99}){99}) would need gigabytes. The size of an expression
 * is the number of atoms after unrolling. */
#define SIZE_MAX_ATOMS 500
#define DEPTH_MAX      32
#define REPEAT_MAX     32767 /* RE_DUP_MAX of glibc */

struct measure {
	const char *at;
	size_t sizes[DEPTH_MAX + 1]; /* of each open group */
	size_t atoms[DEPTH_MAX + 1]; /* the last atom in it, which a repetition would unroll */
	size_t depth;
};

static int too_complex(struct err *err)
{
	return err_set(
		err, ERR_USAGE, 0, "the regular expression is too complex: it repeats too much");
}

static void skip_bracket(struct measure *measure)
{
	const char *at = measure->at + 1;

	if (*at == '^')
		at++;
	if (*at == ']')
		at++;
	while (*at != '\0' && *at != ']') {
		if (*at == '[' && (at[1] == ':' || at[1] == '.' || at[1] == '=')) {
			const char end[] = {at[1], ']', '\0'};
			const char *close = strstr(at + 2, end);

			at = close == NULL ? at : close + 1;
		}
		at++;
	}
	measure->at = *at == '\0' ? at - 1 : at;
}

static size_t number_at(const char **cursor)
{
	size_t number = 0;

	for (; **cursor >= '0' && **cursor <= '9'; (*cursor)++) {
		if (number <= REPEAT_MAX)
			number = number * 10 + (size_t)(**cursor - '0');
	}
	return number;
}

/* The factor of "{m,n}"; measure->at ends on the closing brace. */
static size_t interval_factor(struct measure *measure)
{
	const char *at = measure->at + 1;
	size_t least = number_at(&at);
	size_t most = least;

	if (*at == ',') {
		at++;
		most = number_at(&at);
	}
	if (*at == '}')
		measure->at = at;
	return most > least ? most : least + 1;
}

static bool repeat(struct measure *measure, size_t factor)
{
	size_t *size = &measure->sizes[measure->depth];
	size_t *atom = &measure->atoms[measure->depth];

	if (factor > SIZE_MAX_ATOMS)
		return false;
	*size += *atom * (factor - 1);
	*atom *= factor;
	return *size <= SIZE_MAX_ATOMS;
}

static bool add_atom(struct measure *measure, size_t atom)
{
	measure->atoms[measure->depth] = atom;
	measure->sizes[measure->depth] += atom;
	return measure->sizes[measure->depth] <= SIZE_MAX_ATOMS;
}

static bool open_group(struct measure *measure)
{
	if (measure->depth == DEPTH_MAX)
		return false;
	measure->depth++;
	measure->sizes[measure->depth] = 1;
	measure->atoms[measure->depth] = 0;
	return true;
}

static bool close_group(struct measure *measure)
{
	size_t size = measure->sizes[measure->depth];

	if (measure->depth == 0)
		return add_atom(measure, 1);
	measure->depth--;
	return add_atom(measure, size);
}

static bool measure_one(struct measure *measure)
{
	switch (*measure->at) {
	case '(':
		return open_group(measure);
	case ')':
		return close_group(measure);
	case '*':
	case '?':
		return repeat(measure, 1);
	case '+':
		return repeat(measure, 2);
	case '{':
		return repeat(measure, interval_factor(measure));
	case '[':
		skip_bracket(measure);
		return add_atom(measure, 1);
	case '\\':
		if (measure->at[1] != '\0')
			measure->at++;
		return add_atom(measure, 1);
	default:
		return add_atom(measure, 1);
	}
}

/* Back-references are an extension of glibc's, and what makes matching exponential. */
static bool refers_back(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text != '\\')
			continue;
		text++;
		if (*text >= '1' && *text <= '9')
			return true;
		if (*text == '\0')
			return false;
	}
	return false;
}

int expression_check(const char *text, struct err *err)
{
	struct measure measure = {.at = text};
	regex_t compiled;
	char reason[128];
	int status;

	if (*text == '\0')
		return err_set(err, ERR_USAGE, 0, "the regular expression is empty");
	if (refers_back(text))
		return err_set(err, ERR_USAGE, 0,
			"back-references such as \\1 are not supported in regular expressions");
	for (; *measure.at != '\0'; measure.at++) {
		if (!measure_one(&measure))
			return too_complex(err);
	}
	status = regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB);
	if (status != 0) {
		regerror(status, &compiled, reason, sizeof(reason));
		return err_set(err, ERR_USAGE, 0, "not a regular expression: %s", reason);
	}
	regfree(&compiled);
	return 0;
}

int expression_new(const char *text, regex_t **ret_expression, struct err *err)
{
	regex_t *expression = xcalloc(1, sizeof(*expression));
	const int result = regcomp(expression, text, REG_EXTENDED);

	if (result != 0) {
		char reason[128];

		(void)regerror(result, expression, reason, sizeof(reason));
		free(expression);
		return err_set(err, ERR_USAGE, 0, "regular expression \"%s\": %s", text, reason);
	}
	*ret_expression = expression;
	return 0;
}

void expression_free(regex_t *expression)
{
	if (expression == NULL)
		return;
	regfree(expression);
	free(expression);
}
