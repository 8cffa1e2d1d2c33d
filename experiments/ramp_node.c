/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/ramp_node.h"

#define STEPS_DEFAULT 20
#define STEPS_MAX     1000

/* A step that is shorter is over before it can be made everywhere. */
#define STEP_MIN_NS 1000000

struct ramp_texts {
	const char *from;
	const char *to;
	struct ramp ramp;
};

static void read_over(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	int64_t *ret_ns = ret_value;

	decode_duration(decode, node, name, ret_ns);
	if (*ret_ns == 0)
		err_list_add(decode->errors, node->loc, "over: expected more than 0s");
}

static void read_steps(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	uint32_t *ret_steps = ret_value;

	*ret_steps = 1;
	decode_count(decode, node, name, ret_steps);
	if (*ret_steps == 0 || *ret_steps > STEPS_MAX)
		err_list_add(decode->errors, node->loc, "steps: expected 1 to %d", STEPS_MAX);
}

static const struct member members[] = {
	{"from", decode_text, offsetof(struct ramp_texts, from), true},
	{"to", decode_text, offsetof(struct ramp_texts, to), true},
	{"over", read_over, offsetof(struct ramp_texts, ramp.over_ns), false},
	{"steps", read_steps, offsetof(struct ramp_texts, ramp.steps), false},
	{NULL, NULL, 0, false},
};

static struct loc loc_of(const struct node *mapping, const char *key)
{
	const struct node *node = node_find(mapping, key);

	return node != NULL ? node->loc : mapping->loc;
}

static bool check_time(struct decode *decode, const struct node *node, const char *name,
	const struct ramp *ramp, int64_t duration_ns)
{
	if (ramp->over_ns > duration_ns) {
		err_list_add(decode->errors, loc_of(node, "over"),
			"%s: over is longer than the fault: 'for' says how long that lasts", name);
		return false;
	}
	if (ramp->over_ns / ramp->steps < STEP_MIN_NS) {
		err_list_add(decode->errors, loc_of(node, "steps"),
			"%s: steps are shorter than 1ms: take fewer, or give more time by 'over'",
			name);
		return false;
	}
	return true;
}

bool ramp_node_read(struct decode *decode, const struct node *node, const char *name,
	int64_t duration_ns, struct params *params)
{
	struct ramp_texts texts = {.ramp = {.over_ns = duration_ns, .steps = STEPS_DEFAULT}};
	size_t errors_before = decode->errors->total;
	struct err err = {0};
	const char *side = NULL;

	if (!decode_mapping(decode, node, name, members, &texts) ||
		decode->errors->total != errors_before ||
		!check_time(decode, node, name, &texts.ramp, duration_ns))
		return false;
	if (params_set_ramp(params, name, texts.from, texts.to, &texts.ramp, &side, &err) == 0)
		return true;
	err_list_add(decode->errors, side != NULL ? loc_of(node, side) : node->loc, "%s%s%s: %s",
		name, side != NULL ? "." : "", side != NULL ? side : "", err.message);
	return false;
}
