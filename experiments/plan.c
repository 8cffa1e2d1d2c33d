/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/plan.h"

#include <string.h>

#include "experiments/partition_groups.h"
#include "experiments/plan_aim.h"
#include "experiments/plan_arrange.h"
#include "experiments/plan_claims.h"
#include "experiments/plan_limits.h"
#include "experiments/plan_protection.h"
#include "faults/clock.h"
#include "reports/mem.h"

static int resolve_target(
	struct plan *plan, const struct target *target, bool only_aimed_at, struct err *err)
{
	struct planned_target *planned;

	plan->targets = xgrow(plan->targets, plan->target_count, sizeof(*plan->targets));
	planned = &plan->targets[plan->target_count++];
	planned->target = target;
	planned->only_aimed_at = only_aimed_at;
	if (targets_resolve(plan->options.standby, &target->selector, &planned->instances, err) <
		0) {
		err->loc = target->loc;
		return err_prefix(err, "target '%s'", target->name);
	}
	planned->matched = planned->instances.count;
	if (!only_aimed_at && plan_protect_target(plan, planned, err) < 0)
		return -1;
	targets_pick(&planned->instances, &target->pick, plan->options.seed, target->name);
	return 0;
}

static bool is_used(const struct experiment *experiment, size_t target)
{
	for (size_t i = 0; i < experiment->fault_count; i++)
		for (size_t j = 0; j < fault_target_count(&experiment->faults[i]); j++)
			if (fault_target(&experiment->faults[i], j) == target)
				return true;
	return false;
}

/* Only what the method needs: an unused target need not exist. Whom faults are only aimed at is not
 * touched, and so not protected. */
static int resolve_targets(struct plan *plan, struct err *err)
{
	const struct experiment *experiment = plan->experiment;

	for (size_t i = 0; i < experiment->target_count; i++) {
		const bool used = is_used(experiment, i);

		if ((used || plan_aims_name(experiment, i)) &&
			resolve_target(plan, &experiment->targets[i], !used, err) < 0)
			return -1;
	}
	return 0;
}

/* Which of a target's instances this step's own pick means; chosen is as long as the list. */
static void pick_for_step(const struct plan *plan, const struct fault *fault,
	const struct planned_target *planned, bool *chosen)
{
	struct instance_list names = {0};

	for (size_t i = 0; i < planned->instances.count; i++) {
		names.items = xgrow(names.items, names.count, sizeof(*names.items));
		names.items[names.count].id = xstrdup(planned->instances.items[i].id);
		names.items[names.count++].name = xstrdup(planned->instances.items[i].name);
	}
	targets_pick(&names, &fault->pick, plan->options.seed, planned->target->name);
	for (size_t i = 0; i < planned->instances.count; i++)
		for (size_t j = 0; j < names.count; j++)
			if (strcmp(planned->instances.items[i].id, names.items[j].id) == 0)
				chosen[i] = true;
	instance_list_release(&names);
}

static int list_operations(struct plan *plan, struct action *action,
	const struct fault_params *params, struct err *err)
{
	const struct fault *fault = action->fault;
	const size_t first = plan->operations.count;

	if (plan_protect_instance(plan, action, err) < 0 ||
		fault->kind->plan(fault->kind, params, action->instance, plan->options.engine,
			plan->options.features, &plan->operations, err) < 0 ||
		plan_fit_changes(plan, fault, params, action->instance,
			plan->operations.items + first, plan->operations.count - first, err) < 0)
		return -1;
	action->first_operation = first;
	action->operation_count = plan->operations.count - first;
	for (size_t i = first; i < plan->operations.count; i++) {
		plan->operations.items[i].id = (uint32_t)i + 1;
		plan->operations.items[i].fault = (uint32_t)plan->action_count;
		plan->operations.items[i].seed = plan->options.seed;
	}
	return plan_protect_action(plan, action, err);
}

static int plan_action(struct plan *plan, const struct fault *fault,
	const struct planned_target *planned, const struct instance *instance,
	const struct fault_params *params, struct err *err)
{
	struct action action = {.fault = fault, .target = planned, .instance = instance};

	if (list_operations(plan, &action, params, err) < 0) {
		err->loc = fault->loc;
		return err_prefix(err, "%s on '%s'", fault->kind->name, instance->name);
	}
	plan->actions = xgrow(plan->actions, plan->action_count, sizeof(*plan->actions));
	plan->actions[plan->action_count++] = action;
	return 0;
}

static const struct planned_target *planned_for(const struct plan *plan, size_t target)
{
	for (size_t i = 0; i < plan->target_count; i++)
		if (plan->targets[i].target == &plan->experiment->targets[target])
			return &plan->targets[i];
	return NULL; /* not reached: every used target was resolved */
}

/* Whom a fault is done to: the chosen instances of each of its targets. */
struct members {
	struct partition_member *items; /* heap */
	size_t count;
};

static void add_members(
	const struct plan *plan, const struct fault *fault, size_t index, struct members *members)
{
	const struct planned_target *planned = planned_for(plan, fault_target(fault, index));
	cleanup_free bool *chosen = xcalloc(planned->instances.count, sizeof(*chosen));

	pick_for_step(plan, fault, planned, chosen);
	for (size_t i = 0; i < planned->instances.count; i++) {
		if (!chosen[i])
			continue;
		members->items = xgrow(members->items, members->count, sizeof(*members->items));
		members->items[members->count++] = (struct partition_member){
			.instance = &planned->instances.items[i], .target = index};
	}
}

static int plan_member(struct plan *plan, const struct fault *fault, const struct members *members,
	size_t index, struct err *err)
{
	const struct partition_member *member = &members->items[index];
	const struct planned_target *planned =
		planned_for(plan, fault_target(fault, member->target));
	struct fault_params own;

	if (!partition_is_between(fault))
		return plan_action(
			plan, fault, planned, member->instance, plan_params(plan, fault), err);
	if (partition_params(fault, plan_params(plan, fault), members->items, members->count, index,
		    &own, err) < 0) {
		err->loc = fault->loc;
		return err_prefix(err, "%s on '%s'", fault->kind->name, member->instance->name);
	}
	return plan_action(plan, fault, planned, member->instance, &own, err);
}

static int plan_members(struct plan *plan, const struct fault *fault, const struct members *members,
	struct err *err)
{
	if (partition_assign(fault, plan->options.seed,
		    plan->experiment->targets[fault->target].name, members->items, members->count,
		    err) < 0) {
		err->loc = fault->loc;
		return err_prefix(err, "%s", fault->kind->name);
	}
	for (size_t i = 0; i < members->count; i++)
		if (plan_member(plan, fault, members, i, err) < 0)
			return -1;
	return 0;
}

static int plan_fault(struct plan *plan, const struct fault *fault, struct err *err)
{
	const int64_t end = fault->at_ns + fault->duration_ns;
	struct members members = {0};
	int result;

	for (size_t i = 0; i < fault_target_count(fault); i++)
		add_members(plan, fault, i, &members);
	result = plan_members(plan, fault, &members, err);
	free(members.items);
	if (end > plan->duration_ns)
		plan->duration_ns = end;
	return result;
}

int plan_make(const struct experiment *experiment, const struct plan_options *options,
	struct plan *ret_plan, struct err *err)
{
	struct plan plan = {
		.experiment = experiment, .options = *options, .began_ns = monotonic_ns()};

	if (plan_protect(&plan, err) < 0 || resolve_targets(&plan, err) < 0 ||
		plan_check_limits(&plan, err) < 0 || plan_resolve_aims(&plan, err) < 0)
		goto failed;
	for (size_t i = 0; i < experiment->fault_count; i++)
		if (plan_fault(&plan, &experiment->faults[i], err) < 0)
			goto failed;
	plan_arrange(&plan);
	if (plan_check_overlaps(&plan, err) < 0 || plan_check_claims(&plan, err) < 0)
		goto failed;
	*ret_plan = plan;
	return 0;
failed:
	plan_release(&plan);
	return -1;
}

void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < plan->target_count; i++)
		instance_list_release(&plan->targets[i].instances);
	plan_release_aims(plan);
	free(plan->targets);
	free(plan->actions);
	free(plan->operations.items);
	protection_use_release(&plan->use);
	memset(plan, 0, sizeof(*plan));
}
