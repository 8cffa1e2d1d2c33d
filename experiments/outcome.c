/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/outcome.h"

#include <string.h>

static const char *const names[OUTCOME_COUNT] = {
	[OUTCOME_OK] = "ok",
	[OUTCOME_TIMEOUT] = "timeout",
	[OUTCOME_SLOW] = "slow",
	[OUTCOME_CONNECT] = "connect",
	[OUTCOME_DNS] = "dns",
	[OUTCOME_TLS] = "tls",
	[OUTCOME_RESET] = "reset",
	[OUTCOME_PROTOCOL] = "protocol",
	[OUTCOME_REDIRECT] = "redirect",
	[OUTCOME_TOO_LARGE] = "too-large",
	[OUTCOME_HEADERS_TOO_LARGE] = "headers-too-large",
	[OUTCOME_AUTH] = "auth",
	[OUTCOME_LOST] = "lost",
	[OUTCOME_NOT_FOUND] = "not-found",
	[OUTCOME_EXEC] = "exec",
	[OUTCOME_STATUS] = "status",
	[OUTCOME_HEADER] = "header",
	[OUTCOME_BODY] = "body",
	[OUTCOME_VALUE] = "value",
	[OUTCOME_STATE] = "state",
	[OUTCOME_NOT_SENT] = "not-sent",
	[OUTCOME_CANCELLED] = "cancelled",
	[OUTCOME_OTHER] = "other",
};

const char *outcome_name(enum outcome outcome)
{
	return names[outcome];
}

bool outcome_timed_out(enum outcome outcome)
{
	return outcome == OUTCOME_TIMEOUT || outcome == OUTCOME_SLOW || outcome == OUTCOME_LOST;
}

bool outcome_find(const char *name, enum outcome *ret_outcome)
{
	for (int i = OUTCOME_OK + 1; i < OUTCOME_COUNT; i++) {
		if (strcmp(names[i], name) == 0) {
			*ret_outcome = (enum outcome)i;
			return true;
		}
	}
	return false;
}

bool outcome_answered(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_OK:
	case OUTCOME_STATUS:
	case OUTCOME_HEADER:
	case OUTCOME_BODY:
	case OUTCOME_VALUE:
	case OUTCOME_STATE:
		return true;
	default:
		return false;
	}
}
