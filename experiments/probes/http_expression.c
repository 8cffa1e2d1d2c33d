/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_expression.h"

#include <stdlib.h>

#include "reports/mem.h"

int http_expression_new(const char *text, regex_t **ret_expression, struct err *err)
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

void http_expression_free(regex_t *expression)
{
	if (expression == NULL)
		return;
	regfree(expression);
	free(expression);
}
