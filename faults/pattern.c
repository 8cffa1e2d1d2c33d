/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/pattern.h"

#include <fnmatch.h>
#include <regex.h>
#include <string.h>

#include "faults/expression.h"

/* Longer than any name, id or image reference. */
#define LENGTH_MAX 1024

static bool is_expression(const char *text)
{
	size_t length = strlen(text);

	return length >= 2 && text[0] == '/' && text[length - 1] == '/';
}

/* What stands between the slashes; false when it is longer than a pattern can be. */
static bool expression_of(const char *text, char inner[LENGTH_MAX + 1])
{
	size_t length = strlen(text);

	if (length > LENGTH_MAX)
		return false;
	memcpy(inner, text + 1, length - 2);
	inner[length - 2] = '\0';
	return true;
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
	char expression[LENGTH_MAX + 1];

	if (*text == '\0')
		return err_set(err, ERR_USAGE, 0, "the pattern is empty");
	if (strlen(text) > LENGTH_MAX)
		return err_set(
			err, ERR_USAGE, 0, "the pattern is longer than %d bytes", LENGTH_MAX);
	if (!is_expression(text) || !expression_of(text, expression))
		return glob_check(text, err);
	return expression_check(expression, err);
}

int pattern_compare(const char *pattern, const char *name)
{
	char expression[LENGTH_MAX + 1];
	regex_t compiled;
	int status;

	if (!is_expression(pattern)) {
		status = fnmatch(pattern, name, 0);
		return status == 0 ? 1 : (status == FNM_NOMATCH ? 0 : -1);
	}
	if (!expression_of(pattern, expression) ||
		regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB) != 0)
		return -1;
	status = regexec(&compiled, name, 0, NULL, 0);
	regfree(&compiled);
	return status == 0 ? 1 : (status == REG_NOMATCH ? 0 : -1);
}

bool pattern_match(const char *pattern, const char *name)
{
	return pattern_compare(pattern, name) == 1;
}
