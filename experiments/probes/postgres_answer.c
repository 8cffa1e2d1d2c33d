/* SPDX-License-Identifier: Apache-2.0 */
#ifdef PERTURB_POSTGRES

#include "experiments/probes/postgres_answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/postgres_probe.h"
#include "reports/mem.h"

/* NaN: it is none. */
static double number_of(const char *text)
{
	char *end;
	double value;

	if (text == NULL || *text == '\0')
		return NAN;
	value = strtod(text, &end);
	return *end == '\0' && isfinite(value) ? value : NAN;
}

static bool text_matches(const struct postgres_request *request, const struct postgres_probe *probe)
{
	const struct postgres_state *state = exchange_state(&request->exchange);

	if (probe->equals == NULL && state->expression == NULL)
		return true;
	if (request->text == NULL)
		return false;
	if (probe->equals != NULL && strcmp(request->text, probe->equals) != 0)
		return false;
	return state->expression == NULL ||
	       regexec(state->expression, request->text, 0, NULL, 0) == 0;
}

static enum outcome judge(struct postgres_request *request)
{
	const struct postgres_probe *probe = exchange_settings(&request->exchange);
	struct probe_answer *answer = &request->exchange.answer;
	const double value = number_of(request->text);

	if (request->failure != OUTCOME_OK)
		return request->failure;
	if (probe->value.count > 0 && !isnan(value)) {
		answer->has_value = true;
		answer->value = value;
	}
	if (!number_range_holds(&probe->rows, (double)request->rows))
		return OUTCOME_VALUE;
	if (!text_matches(request, probe))
		return OUTCOME_BODY;
	return probe->value.count == 0 || number_range_holds(&probe->value, value) ? OUTCOME_OK
										   : OUTCOME_VALUE;
}

void postgres_answer_complete(struct postgres_request *request)
{
	const int64_t now = clock_now(); /* the match is our time, not the server's */
	enum outcome outcome = judge(request);

	/* A transaction that the query left open would be that of the next one as well. */
	if (PQstatus(request->connection) != CONNECTION_OK) {
		outcome = request->failure == OUTCOME_PROTOCOL && request->closed ? OUTCOME_RESET
										  : outcome;
		postgres_request_drop(request);
	} else if (PQtransactionStatus(request->connection) != PQTRANS_IDLE) {
		postgres_request_drop(request);
	}
	postgres_request_unwatch(request);
	free(steal_pointer(&request->text));
	exchange_end_at(&request->exchange, outcome, now);
}

#else
typedef int postgres_answer_absent; /* a file must declare something */
#endif
