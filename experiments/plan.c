/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/plan.h"

#include <string.h>

#include "experiments/partition_groups.h"
#include "experiments/plan_aim.h"
#include "experiments/plan_arrange.h"
#include "experiments/plan_claims.h"
#include "experiments/plan_limits.h"
#include "experiments/plan_members.h"
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

static int plan_member(struct plan *plan, const struct fault *fault,
	const struct plan_members *members, size_t index, struct err *err)
{
	const struct partition_member *member = &members->items[index];
	const struct planned_target *planned =
		plan_target(plan, fault_target(fault, member->target));
	struct fault_params own;

	if (!partition_is_between(fault))
		return plan_action(
			plan, fault, planned, member->instance, plan_params(plan, fault), err);
	if (partition_params(fault, plan_params(plan, fault), members->items, members->count, index,
		    &own, err) < 0) {
		err->loc = fault->loc;
		return err_prefix(err, "%s on '%s'", fault->kind->name, member->instance->name);
	}
	/* One way, what the first target sends is stopped in the second's network. */
	if (!own.egress && !own.ingress)
		return 0;
	return plan_action(plan, fault, planned, member->instance, &own, err);
}

static int plan_each(
	struct plan *plan, const struct fault *fault, struct plan_members *members, struct err *err)
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
	struct plan_members members = plan_members_of(plan, fault);
	int result = plan_each(plan, fault, &members, err);

	plan_members_release(&members);
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
