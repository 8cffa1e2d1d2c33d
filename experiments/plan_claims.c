/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/plan_claims.h"

#include "faults/claims.h"

static int check_action(const struct plan *plan, const struct action *action,
	const struct claims *claims, struct err *err)
{
	for (size_t i = 0; i < action->operation_count; i++) {
		if (claims_check(
			    claims, &plan->operations.items[action->first_operation + i], err) == 0)
			continue;
		err->loc = action->fault->loc;
		return err_prefix(
			err, "%s on '%s'", action->fault->kind->name, action->instance->name);
	}
	return 0;
}

int plan_check_claims(const struct plan *plan, struct err *err)
{
	struct claims claims;
	int result = 0;

	if (claims_look(&claims, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->action_count && result == 0; i++)
		result = check_action(plan, &plan->actions[i], &claims, err);
	claims_release(&claims);
	return result;
}
