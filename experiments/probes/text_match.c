/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/text_match.h"

#include <math.h>
#include <string.h>

#include "faults/expression.h"
#include "reports/mem.h"

#define NUMBER_MAX 64

struct text_match {
	const struct text_wanted *wanted;
	regex_t *expression; /* NULL: not asked */
};

bool text_is_wanted(const struct text_wanted *wanted)
{
	return wanted->contains != NULL || wanted->matches != NULL || wanted->equals != NULL ||
	       wanted->value.count > 0;
}

int text_match_new(const struct text_wanted *wanted, struct text_match **ret_match, struct err *err)
{
	struct text_match *match = xcalloc(1, sizeof(*match));

	match->wanted = wanted;
	if (wanted->matches != NULL &&
		expression_new(wanted->matches, &match->expression, err) < 0) {
		text_match_free(match);
		return -1;
	}
	*ret_match = match;
	return 0;
}

void text_match_free(struct text_match *match)
{
	if (match == NULL)
		return;
	expression_free(match->expression);
	free(match);
}

static bool is_space(char character)
{
	return character != '\0' && strchr(" \t\r\n", character) != NULL;
}

/* strtod alone would take hexadecimal numbers, infinities and "nan". */
bool text_number(const char *text, size_t length, double *ret_number)
{
	char digits[NUMBER_MAX];
	char *end;

	while (length > 0 && is_space(text[length - 1]))
		length--;
	while (length > 0 && is_space(*text)) {
		text++;
		length--;
	}
	if (length == 0 || length >= sizeof(digits))
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (strspn(digits, "+-.0123456789eE") != length)
		return false;
	*ret_number = strtod(digits, &end);
	return end == digits + length && isfinite(*ret_number);
}

static bool equals(const char *wanted, const char *text, size_t length)
{
	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
		length--;
	return length == strlen(wanted) && memcmp(text, wanted, length) == 0;
}

static bool text_matches(const struct text_match *match, const char *text, size_t length)
{
	const struct text_wanted *wanted = match->wanted;
	regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)length};

	if (wanted->contains != NULL &&
		memmem(text, length, wanted->contains, strlen(wanted->contains)) == NULL)
		return false;
	if (wanted->equals != NULL && !equals(wanted->equals, text, length))
		return false;
	return match->expression == NULL ||
	       regexec(match->expression, text, 0, &range, REG_STARTEND) == 0;
}

enum outcome text_match_judge(const struct text_match *match, const char *text, size_t length)
{
	double number;

	if (!text_matches(match, text, length))
		return OUTCOME_BODY;
	if (match->wanted->value.count == 0)
		return OUTCOME_OK;
	return text_number(text, length, &number) &&
			       number_range_holds(&match->wanted->value, number)
		       ? OUTCOME_OK
		       : OUTCOME_VALUE;
}
