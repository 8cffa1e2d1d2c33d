/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of a fault that changes while it is in force. */
#include <string.h>

#include "experiments/plan.h"
#include "faults/relay.h"

static bool is_off(const struct fault_change *change)
{
	return strcmp(change->what, "off") == 0;
}

int plan_change(const struct plan *plan, const struct fault *fault,
	const struct fault_params *params, const struct instance *instance,
	const struct fault_change *change, struct operation_list *ret_list, struct err *err)
{
	struct fault_params changed = *params;
	const struct impairment nothing = {0};

	*ret_list = (struct operation_list){0};
	if (!is_off(change)) {
		changed.network = change->network;
		changed.ingress_network = change->ingress_network;
	}
	if (fault->kind->plan(fault->kind, &changed, instance, plan->options.engine,
		    plan->options.features, ret_list, err) < 0) {
		free(ret_list->items);
		*ret_list = (struct operation_list){0};
		return -1;
	}
	for (size_t i = 0; is_off(change) && i < ret_list->count; i++)
		ret_list->items[i].impairment = nothing;
	return 0;
}

static void fit(struct operation *operation, const struct impairment *impairment)
{
	if (impairment->limit > operation->impairment.limit)
		operation->impairment.limit = impairment->limit;
	if (operation->type == OPERATION_RELAY && !relay_takes_super_packets(impairment))
		operation->segment = true;
}

int plan_fit_changes(const struct plan *plan, const struct fault *fault,
	const struct fault_params *params, const struct instance *instance,
	struct operation *operations, size_t count, struct err *err)
{
	for (size_t i = 0; i < fault->change_count; i++) {
		struct operation_list list;

		if (plan_change(plan, fault, params, instance, &fault->changes[i], &list, err) < 0)
			return -1;
		for (size_t j = 0; j < count && j < list.count; j++)
			fit(&operations[j], &list.items[j].impairment);
		free(list.items);
	}
	return 0;
}
