/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/outcome.h"

static const char *const names[OUTCOME_COUNT] = {
	[OUTCOME_OK] = "ok",
	[OUTCOME_TIMEOUT] = "timeout",
	[OUTCOME_CONNECT] = "connect",
	[OUTCOME_DNS] = "dns",
	[OUTCOME_TLS] = "tls",
	[OUTCOME_RESET] = "reset",
	[OUTCOME_PROTOCOL] = "protocol",
	[OUTCOME_REDIRECT] = "redirect",
	[OUTCOME_TOO_LARGE] = "too-large",
	[OUTCOME_STATUS] = "status",
	[OUTCOME_BODY] = "body",
	[OUTCOME_NOT_SENT] = "not-sent",
	[OUTCOME_CANCELLED] = "cancelled",
	[OUTCOME_OTHER] = "other",
};

const char *outcome_name(enum outcome outcome)
{
	return names[outcome];
}

bool outcome_answered(enum outcome outcome)
{
	return outcome == OUTCOME_OK || outcome == OUTCOME_STATUS || outcome == OUTCOME_BODY;
}
