/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log - what a service writes into its log meanwhile: lines that must not come, or that must.
 *
 * Each request looks at what was appended since the one before, the first at what was appended
 * since the measurement was prepared.
 */
#include <regex.h>
#include <string.h>

#include "experiments/probes/log_tail.h"
#include "experiments/probes/number_range.h"
#include "experiments/probes/prober.h"
#include "faults/expression.h"
#include "reports/mem.h"

struct log_probe {
	struct probe_settings common;
	const char *path;
	const char *matches;
	bool present;		   /* such lines must come; else they must not */
	struct number_range count; /* how many; none: as present says */
};

struct log_state {
	struct log_tail tail;
	regex_t *expression;
	uint64_t matching; /* lines of this request */
};

static void read_expect(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	bool *ret_present = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, "present or absent", &scalar))
		return;
	*ret_present = strcmp(scalar.text, "present") == 0;
	if (!*ret_present && strcmp(scalar.text, "absent") != 0)
		err_list_add(decode->errors, node->loc, "%s: expected present or absent, not '%s'",
			name, scalar_shown(&scalar).text);
}

#define KEY(name, read, field, required)                                                           \
	{                                                                                          \
		name, read, offsetof(struct log_probe, field), required                            \
	}

static const struct probe_key log_keys[] = {
	{KEY("path", decode_text, path, true), "name", NULL, "the file"},
	PROBE_KEY_TIMEOUT,
	{KEY("matches", decode_expression, matches, true), "name", NULL,
		"a regular expression that tells which lines are meant"},
	{KEY("expect", read_expect, present, false), "presence", "absent",
		"whether such lines must come (present), or must not (absent)"},
	{KEY("count", number_range_read, count, false), "conditions", NULL,
		"how many such lines may come between two requests, such as <= 5"},
	PROBE_KEYS_END,
};

static void log_check(struct decode *decode, const struct node *node, const void *settings)
{
	const struct node *expect = node_find(node, "expect");

	(void)settings;
	if (expect != NULL && node_find(node, "count") != NULL)
		err_list_add(decode->errors, expect->loc, "expect: has no meaning with count");
}

static void count_line(void *data, const char *text, size_t length)
{
	struct log_state *state = data;
	regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)length};

	if (regexec(state->expression, text, 0, &range, REG_STARTEND) == 0)
		state->matching++;
}

static int log_open(struct prober *prober, struct err *err)
{
	const struct log_probe *probe = (const struct log_probe *)prober->probe->settings;
	struct log_state *state = xcalloc(1, sizeof(*state));

	prober->state = state;
	state->tail.fd = -1;
	if (expression_new(probe->matches, &state->expression, err) != 0)
		return -1;
	log_tail_begin(&state->tail, probe->path, count_line, state);
	return 0;
}

static void log_close(struct prober *prober)
{
	struct log_state *state = prober->state;

	log_tail_end(&state->tail);
	expression_free(state->expression);
	free(state);
}

/* A line that must not be there is worse than a file that is gone. */
static enum outcome judge(const struct log_probe *probe, uint64_t matching, enum outcome file)
{
	if (probe->count.count == 0 && !probe->present && matching > 0)
		return OUTCOME_BODY;
	if (file != OUTCOME_OK)
		return file;
	if (probe->count.count > 0)
		return number_range_holds(&probe->count, (double)matching) ? OUTCOME_OK
									   : OUTCOME_VALUE;
	return probe->present == (matching > 0) ? OUTCOME_OK : OUTCOME_BODY;
}

static bool log_start(struct exchange *exchange)
{
	struct log_state *state = exchange_state(exchange);
	enum outcome outcome;

	state->matching = 0;
	outcome = log_tail_read(&state->tail);
	exchange->answer.value = (double)state->matching;
	exchange->answer.has_value = true;
	exchange_end(exchange, judge(exchange_settings(exchange), state->matching, outcome));
	return true;
}

/* None is ever in flight. */
static void log_stop(struct exchange *exchange)
{
	(void)exchange;
}

const struct probe_kind probe_log = {
	.name = "log",
	.summary = "a log: lines that must not be written meanwhile, or that must",
	.example = "{ path: /var/log/service.log, matches: \"ERROR|panic\" }",
	.keys = log_keys,
	.settings_size = sizeof(struct log_probe),
	.check = log_check,
	.open = log_open,
	.close = log_close,
	.exchange_size = sizeof(struct exchange),
	.start = log_start,
	.stop = log_stop,
};
