/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan - an experiment with its targets resolved and its operations listed. Nothing is changed yet.
 */
#ifndef EXPERIMENTS_PLAN_H
#define EXPERIMENTS_PLAN_H

#include <stdint.h>

#include "experiments/experiment.h"
#include "experiments/ssh_session.h"
#include "experiments/targets/targets.h"
#include "faults/kind.h"
#include "faults/protection.h"
#include "reports/err.h"

struct plan_options {
	uint64_t seed;
	enum engine engine;
	const struct features *features;     /* what this kernel offers */
	struct standby *standby;	     /* looks at the targets */
	const struct protection *protection; /* by default, by options, by the machine's policy */
	const struct ssh_session *ssh;	     /* that perturb was started from; NULL: none */
};

struct planned_target {
	const struct target *target;
	struct instance_list instances; /* the picked ones */
	size_t matched;
	bool only_aimed_at; /* faults are done to others, for which its addresses are needed */
};

/* One fault on one instance: applied and undone as a whole. Its index is operation.fault. */
struct action {
	const struct fault *fault;
	const struct planned_target *target;
	const struct instance *instance;
	size_t first_operation; /* into plan.operations */
	size_t operation_count;
};

struct plan {
	const struct experiment *experiment;
	struct plan_options options;
	struct protection limits;     /* the experiment's own, and who is at the engines' sockets */
	struct protection protection; /* the options' one, narrowed by that */
	struct protection_use use;
	int64_t began_ns;	      /* CLOCK_MONOTONIC */
	struct fault_params **params; /* of each fault, where its aims had to be completed */
	struct planned_target *targets;
	size_t target_count;
	struct action *actions;
	size_t action_count;
	struct operation_list operations;
	int64_t duration_ns; /* of the fault phase: the last end of a fault */
};

/* Lists the operations of a fault as it is after one of its changes, on the same instance and in
 * the same order; only their impairments count. The caller frees the items. */
int plan_change(const struct plan *plan, const struct fault *fault,
	const struct fault_params *params, const struct instance *instance,
	const struct fault_change *change, struct operation_list *ret_list, struct err *err);

/* Makes operations fit for all that their fault becomes: queues long enough, packets one by one
 * where any change needs that. */
int plan_fit_changes(const struct plan *plan, const struct fault *fault,
	const struct fault_params *params, const struct instance *instance,
	struct operation *operations, size_t count, struct err *err);

/* Resolves and lists; enforces the protection and the experiment's limits. The experiment must
 * outlive the plan. */
int plan_make(const struct experiment *experiment, const struct plan_options *options,
	struct plan *ret_plan, struct err *err);
void plan_release(struct plan *plan);

#endif
