/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/expect.h"

#include <string.h>

int expect_init(
	struct expect *expect, const char *contains, const char *expression, struct err *err)
{
	int result;

	expect->contains = contains;
	expect->has_expression = false;
	if (expression == NULL)
		return 0;
	result = regcomp(&expect->expression, expression, REG_EXTENDED | REG_NOSUB);
	if (result != 0) {
		char reason[128];

		(void)regerror(result, &expect->expression, reason, sizeof(reason));
		return err_set(
			err, ERR_USAGE, 0, "regular expression \"%s\": %s", expression, reason);
	}
	expect->has_expression = true;
	return 0;
}

void expect_release(struct expect *expect)
{
	if (expect->has_expression)
		regfree(&expect->expression);
	expect->has_expression = false;
}

bool expect_asks(const struct expect *expect)
{
	return expect->contains != NULL || expect->has_expression;
}

bool expect_holds(const struct expect *expect, const char *text, size_t length)
{
	if (expect->contains != NULL &&
		memmem(text, length, expect->contains, strlen(expect->contains)) == NULL)
		return false;
	return !expect->has_expression || regexec(&expect->expression, text, 0, NULL, 0) == 0;
}
