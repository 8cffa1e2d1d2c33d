/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/plan_arrange.h"

#include <string.h>

#include "experiments/plan_limits.h"
#include "faults/operation_place.h"

static bool is_root(const struct operation *operation)
{
	return operation->type == OPERATION_NETEM || operation->type == OPERATION_TBF;
}

static bool is_queue(const struct operation *operation)
{
	return is_root(operation) || operation->type == OPERATION_RELAY ||
	       operation->type == OPERATION_IFB;
}

/* Could a packet meet both? */
static bool is_neighbour(const struct operation *a, const struct operation *b)
{
	return a != b && is_queue(b) && a->direction == b->direction && operation_same_place(a, b);
}

static bool goes_before(const struct operation *a, const struct operation *b)
{
	const bool a_aimed = !aim_is_everything(&a->aim);
	const bool b_aimed = !aim_is_everything(&b->aim);

	return a_aimed != b_aimed ? a_aimed : a < b;
}

static void move_from_root(const struct plan *plan, struct operation *operation)
{
	if (is_root(operation) && plan->options.features != NULL &&
		features_ifb(plan->options.features))
		operation->type = OPERATION_IFB;
}

static void arrange_beside(const struct plan *plan, const struct action *action,
	struct operation *operation, const struct action *other)
{
	for (size_t i = 0; i < other->operation_count; i++) {
		const struct operation *neighbour =
			&plan->operations.items[other->first_operation + i];

		if (!is_neighbour(operation, neighbour))
			continue;
		if (goes_before(neighbour, operation))
			operation->filter_priority++;
		if (plan_same_time(action->fault, other->fault))
			move_from_root(plan, operation);
	}
}

void plan_arrange(struct plan *plan)
{
	for (size_t i = 0; i < plan->action_count; i++) {
		const struct action *action = &plan->actions[i];

		for (size_t j = 0; j < action->operation_count; j++) {
			struct operation *operation =
				&plan->operations.items[action->first_operation + j];

			if (!is_queue(operation))
				continue;
			operation->filter_priority = 1;
			for (size_t k = 0; k < plan->action_count; k++)
				if (plan->actions[k].instance == action->instance)
					arrange_beside(plan, action, operation, &plan->actions[k]);
		}
	}
}

static bool is_counterpart(const struct operation *a, const struct operation *b)
{
	return is_queue(a) && is_queue(b) && a->direction == b->direction &&
	       strcmp(a->interface, b->interface) == 0;
}

void plan_arrange_again(
	const struct plan *plan, const struct action *action, struct operation_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct operation *operation = &list->items[i];

		for (size_t j = 0; j < action->operation_count; j++) {
			const struct operation *before =
				&plan->operations.items[action->first_operation + j];

			if (!is_counterpart(before, operation))
				continue;
			operation->filter_priority = before->filter_priority;
			if (before->type == OPERATION_IFB)
				move_from_root(plan, operation);
		}
	}
}
