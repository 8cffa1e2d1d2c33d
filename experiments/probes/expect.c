/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/expect.h"

#include <string.h>

#include "faults/expression.h"
#include "reports/mem.h"

int expect_init(
	struct expect *expect, const char *contains, const char *expression, struct err *err)
{
	*expect = (struct expect){.contains = contains};
	return expression != NULL ? expression_new(expression, &expect->expression, err) : 0;
}

void expect_release(struct expect *expect)
{
	expression_free(steal_pointer(&expect->expression));
}

bool expect_asks(const struct expect *expect)
{
	return expect->contains != NULL || expect->expression != NULL;
}

bool expect_holds(const struct expect *expect, const char *text, size_t length)
{
	if (expect->contains != NULL &&
		memmem(text, length, expect->contains, strlen(expect->contains)) == NULL)
		return false;
	return expect->expression == NULL || regexec(expect->expression, text, 0, NULL, 0) == 0;
}
