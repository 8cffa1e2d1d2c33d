/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/fault_changes.h"

#include "experiments/units.h"
#include "faults/network.h"

/* The most faults that the steps may become. */
#define FAULTS_MAX 10000

static int describe_change(struct arena *arena, const struct params *params,
	const struct schedule_change *moment, struct fault_change *change, struct err *err)
{
	const char *text;

	*change = (struct fault_change){.offset_ns = moment->offset_ns};
	if (moment->off) {
		change->what = "off";
		return 0;
	}
	if (params_at(params, moment->offset_ns, arena, &change->network, &change->ingress_network,
		    &text, err) < 0)
		return -1;
	change->what = *text != '\0' ? text : "on";
	return 0;
}

int fault_list_changes(
	struct arena *arena, const struct params *params, struct fault *fault, struct err *err)
{
	struct ramp ramps[PARAMS_RAMPS_MAX];
	struct schedule_change *moments;

	if (!network_can_change(fault->kind))
		return 0;
	for (size_t i = 0; i < params->ramp_count; i++)
		ramps[i] = params->ramps[i].ramp;
	if (schedule_make(fault->duration_ns, &fault->flap, ramps, params->ramp_count, arena,
		    &moments, &fault->change_count, err) < 0)
		return -1;
	fault->changes = arena_alloc(arena, (fault->change_count + 1) * sizeof(*fault->changes));
	for (size_t i = 0; i < fault->change_count; i++)
		if (describe_change(arena, params, &moments[i], &fault->changes[i], err) < 0)
			return -1;
	return 0;
}

static const struct member repeat_members[] = {
	{"every", decode_duration, offsetof(struct repeat, every_ns), true},
	{"times", decode_count, offsetof(struct repeat, times), true},
	{NULL, NULL, 0, false},
};

void repeat_read(struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct repeat *repeat = ret_value;
	size_t errors_before = decode->errors->total;

	if (!decode_mapping(decode, node, name, repeat_members, repeat) ||
		decode->errors->total != errors_before)
		return;
	if (repeat->every_ns < 1000000)
		err_list_add(decode->errors, node_find(node, "every")->loc,
			"every: expected at least 1ms");
	if (repeat->times == 0 || repeat->times > FAULTS_MAX)
		err_list_add(decode->errors, node_find(node, "times")->loc,
			"times: expected 1 to %d", FAULTS_MAX);
}

static void append(struct decode *decode, struct experiment *experiment, const struct fault *fault)
{
	if (experiment->fault_count == FAULTS_MAX) {
		err_list_add(decode->errors, fault->loc,
			"this step would make more than %d faults of the method", FAULTS_MAX);
		return;
	}
	experiment->faults = arena_grow(decode->arena, experiment->faults, experiment->fault_count,
		sizeof(*experiment->faults));
	experiment->faults[experiment->fault_count++] = *fault;
}

/* Each time that it is on is a fault of its own. */
static void append_flapping(
	struct decode *decode, struct experiment *experiment, const struct fault *fault)
{
	int64_t cycle = fault->flap.on_ns + fault->flap.off_ns;
	size_t errors_before = decode->errors->total;
	struct fault once = *fault;

	if (cycle == 0 || network_can_change(fault->kind)) {
		append(decode, experiment, fault);
		return;
	}
	for (int64_t begin = 0;
		begin < fault->duration_ns && decode->errors->total == errors_before;
		begin += cycle) {
		int64_t left = fault->duration_ns - begin;

		once.at_ns = fault->at_ns + begin;
		once.duration_ns = left < fault->flap.on_ns ? left : fault->flap.on_ns;
		append(decode, experiment, &once);
	}
}

void faults_append(struct decode *decode, struct experiment *experiment, const struct fault *fault)
{
	struct fault once = *fault;
	size_t errors_before = decode->errors->total;

	append_flapping(decode, experiment, &once);
	for (uint32_t i = 1; i < fault->repeat.times && decode->errors->total == errors_before;
		i++) {
		once.at_ns += fault->repeat.every_ns;
		append_flapping(decode, experiment, &once);
	}
}
