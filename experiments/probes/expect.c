/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/expect.h"

#include <string.h>

int expect_init(struct expect *match, const char *contains, const char *expression, struct err *err)
{
	int result;

	match->contains = contains;
	match->has_expression = false;
	if (expression == NULL)
		return 0;
	result = regcomp(&match->expression, expression, REG_EXTENDED | REG_NOSUB);
	if (result != 0) {
		char reason[128];

		(void)regerror(result, &match->expression, reason, sizeof(reason));
		return err_set(
			err, ERR_USAGE, 0, "regular expression \"%s\": %s", expression, reason);
	}
	match->has_expression = true;
	return 0;
}

void expect_release(struct expect *match)
{
	if (match->has_expression)
		regfree(&match->expression);
	match->has_expression = false;
}

bool expect_asks(const struct expect *match)
{
	return match->contains != NULL || match->has_expression;
}

bool expect_holds(const struct expect *match, const char *text, size_t length)
{
	if (match->contains != NULL &&
		memmem(text, length, match->contains, strlen(match->contains)) == NULL)
		return false;
	return !match->has_expression || regexec(&match->expression, text, 0, NULL, 0) == 0;
}
