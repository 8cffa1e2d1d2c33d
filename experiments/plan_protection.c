/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/plan_protection.h"

#include "experiments/targets/engine_processes.h"
#include "experiments/units.h"

/* The experiment's own limits, in the form of a protection. */
static int read_limits(
	const struct limits *limits, struct protection *ret_protection, struct err *err)
{
	ret_protection->max_instances = limits->max_instances;
	ret_protection->max_percent = limits->max_percent;
	ret_protection->max_duration_ns = limits->max_duration_ns;
	for (size_t i = 0; i < limits->protect_count; i++)
		if (protection_add_rule(ret_protection, RULE_PROTECT, INSTANCE_CONTAINER,
			    limits->protect[i], 0, err) < 0)
			return -1;
	return 0;
}

/* Network namespaces that have names are no engine's business, and a question can start one
 * (systemd.socket(5)). */
static bool may_meet_engines(const struct plan *plan)
{
	const struct experiment *experiment = plan->experiment;

	for (size_t i = 0; i < experiment->fault_count; i++) {
		const struct fault *fault = &experiment->faults[i];

		for (size_t j = 0; j < fault_target_count(fault); j++)
			if (experiment->targets[fault_target(fault, j)].selector.kind !=
				TARGET_NETNS)
				return true;
	}
	return false;
}

static int check_fault(
	const struct protection *protection, const struct fault *fault, struct err *err)
{
	const int64_t end_ns = fault->at_ns + fault->duration_ns;
	char end[32];
	char limit[32];

	if (protection_check_kind(protection, fault->kind, err) < 0)
		return err_prefix(err, "%s", fault->kind->name);
	if (protection->max_duration_ns == 0 || end_ns <= protection->max_duration_ns)
		return 0;
	return err_set(err, ERR_UNAVAILABLE, 0,
		"this step ends at %s, but limits.max_duration is %s%s",
		duration_format(end_ns, end, sizeof(end)),
		duration_format(protection->max_duration_ns, limit, sizeof(limit)),
		protection_place(protection, protection->max_duration_line).text);
}

int plan_protect(struct plan *plan, struct err *err)
{
	const struct experiment *experiment = plan->experiment;

	plan->use.begun = true; /* at 0, when the faults begin */
	plan->protection = *plan->options.protection;
	plan->protection.blind = true;
	if (may_meet_engines(plan))
		engine_processes_protect(plan->options.standby, &plan->limits);
	if (read_limits(&experiment->limits, &plan->limits, err) < 0 ||
		protection_narrow(&plan->protection, &plan->limits, err) < 0)
		return -1;
	for (size_t i = 0; i < experiment->fault_count; i++) {
		if (check_fault(&plan->protection, &experiment->faults[i], err) < 0) {
			err->loc = experiment->faults[i].loc;
			return -1;
		}
	}
	return 0;
}

int plan_protect_target(
	const struct plan *plan, const struct planned_target *planned, struct err *err)
{
	for (size_t i = 0; i < planned->instances.count; i++) {
		if (protection_check_name(&plan->protection, &planned->instances.items[i], err) <
			0) {
			err_prefix(err, "target '%s'", planned->target->name);
			err->loc = planned->target->loc;
			return -1;
		}
	}
	return 0;
}

static int make_subject(const struct plan *plan, const struct action *action,
	struct operation_subject *ret_subject, struct err *err)
{
	return protection_subject(ret_subject, action->fault->kind, action->instance,
		(uint32_t)(action->target - plan->targets), action->target->matched, err);
}

static int ask(struct plan *plan, const struct fault *fault, const struct operation *operation,
	struct err *err)
{
	const int64_t deadline_ns = fault->kind->instant ? 0 : fault->at_ns + fault->duration_ns;

	return protection_check(
		&plan->protection, &plan->use, operation, deadline_ns, fault->at_ns, err);
}

static int check_network(struct plan *plan, const struct action *action, struct err *err)
{
	const struct instance *instance = action->instance;
	struct operation any = {
		.type = OPERATION_NETEM,
		.pid = instance->pid,
		.netns_device = instance->netns_device,
		.netns_inode = instance->netns_inode,
	};

	if (make_subject(plan, action, &any.subject, err) < 0)
		return -1;
	return ask(plan, action->fault, &any, err);
}

int plan_protect_instance(struct plan *plan, const struct action *action, struct err *err)
{
	if (action->fault->kind->network)
		return check_network(plan, action, err);
	/* What the standby has seen, and the main process cannot see any more. */
	if (action->instance->is_perturb && !plan->protection.permitted[PROTECTED_SELF])
		return err_set(err, ERR_UNAVAILABLE, 0,
			"protected: process %d is perturb, too (--%s permits it)",
			(int)action->instance->pid, protected_option(PROTECTED_SELF));
	return 0;
}

int plan_protect_action(struct plan *plan, const struct action *action, struct err *err)
{
	struct operation_subject subject;

	if (make_subject(plan, action, &subject, err) < 0)
		return -1;
	for (size_t i = 0; i < action->operation_count; i++) {
		struct operation *operation = &plan->operations.items[action->first_operation + i];

		operation->subject = subject;
		if (ask(plan, action->fault, operation, err) < 0)
			return -1;
	}
	return 0;
}
