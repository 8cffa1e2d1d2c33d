/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/pattern.h"

#include <fnmatch.h>
#include <regex.h>
#include <string.h>

#include "experiments/expression.h"
#include "reports/mem.h"

/* Longer than any name, id or image reference. */
#define LENGTH_MAX 1024

static bool is_expression(const char *text)
{
	size_t length = strlen(text);

	return length >= 2 && text[0] == '/' && text[length - 1] == '/';
}

/* What stands between the slashes; heap. */
static char *expression_of(const char *text)
{
	char *inner = xstrdup(text + 1);

	inner[strlen(inner) - 1] = '\0';
	return inner;
}

/* A "[" without its "]" would silently match only itself. */
static int glob_check(const char *text, struct err *err)
{
	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0') {
			text++;
		} else if (*text == '[') {
			text += text[1] == '!' || text[1] == '^' ? 2 : 1;
			text = *text == '\0' ? NULL : strchr(text + 1, ']');
			if (text == NULL)
				return err_set(
					err, ERR_USAGE, 0, "the pattern has a '[' without its ']'");
		}
	}
	return 0;
}

int pattern_check(const char *text, struct err *err)
{
	cleanup_free char *expression = NULL;

	if (*text == '\0')
		return err_set(err, ERR_USAGE, 0, "the pattern is empty");
	if (strlen(text) > LENGTH_MAX)
		return err_set(
			err, ERR_USAGE, 0, "the pattern is longer than %d bytes", LENGTH_MAX);
	if (!is_expression(text))
		return glob_check(text, err);
	expression = expression_of(text);
	return expression_check(expression, err);
}

bool pattern_match(const char *pattern, const char *name)
{
	cleanup_free char *expression = NULL;
	regex_t compiled;
	bool matches;

	if (!is_expression(pattern))
		return fnmatch(pattern, name, 0) == 0;
	expression = expression_of(pattern);
	if (regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	matches = regexec(&compiled, name, 0, NULL, 0) == 0;
	regfree(&compiled);
	return matches;
}
