/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition_groups - who is cut off from whom: the groups of a fault between instances, and what
 * that means for the aims of each of them.
 */
#ifndef EXPERIMENTS_PARTITION_GROUPS_H
#define EXPERIMENTS_PARTITION_GROUPS_H

#include "experiments/experiment.h"
#include "faults/instance.h"
#include "reports/err.h"

/* One instance that the fault is done to; borrowed. */
struct partition_member {
	const struct instance *instance; /* as it is now */
	size_t target;			 /* which of the fault's targets, from 0 */
	size_t group;			 /* filled in by partition_assign */
	bool moved;			 /* the others' rules are for other addresses */
};

/* Is the fault one between instances, so that each needs aims of its own? */
bool partition_is_between(const struct fault *fault);

/* Puts the members, which are in the order of their targets and names, into groups; by seed and
 * the target's name where chance decides. The same members always come into the same ones.
 * ERR_UNAVAILABLE for too few of them. */
int partition_assign(const struct fault *fault, uint64_t seed, const char *target_name,
	struct partition_member *members, size_t count, struct err *err);

/* Does it have other addresses than it had? */
bool partition_has_moved(const struct instance *before, const struct instance *now);

/* The fault's parameters, with all else that its aims have, for one member: its aims get the
 * addresses of those that it is cut off from, and egress and ingress say which of them count; for
 * the sender of a partition that is one way, that may be none. What arrives is stopped, so that no
 * sender notices; but of one that has moved also what leaves, because the others' rules do not know
 * it. ERR_UNAVAILABLE when there is no such address, when there are too many, or when one of them
 * shares its network. */
int partition_params(const struct fault *fault, const struct fault_params *params,
	const struct partition_member *members, size_t count, size_t self,
	struct fault_params *ret_params, struct err *err);

#endif
