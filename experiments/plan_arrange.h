/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_arrange - several network faults on one interface: which of them a packet meets.
 *
 * It meets one, the first that means it. Faults that mean some packets only go before one that
 * means all, and otherwise the order is that of the method.
 */
#ifndef EXPERIMENTS_PLAN_ARRANGE_H
#define EXPERIMENTS_PLAN_ARRANGE_H

#include "experiments/plan.h"

/* Gives each filter its priority, and takes from the root of an interface what would otherwise meet
 * the packets of others, too. Call when all operations are listed. */
void plan_arrange(struct plan *plan);

/* The same for the operations of an action that is planned again, on another instance. */
void plan_arrange_again(
	const struct plan *plan, const struct action *action, struct operation_list *list);

#endif
