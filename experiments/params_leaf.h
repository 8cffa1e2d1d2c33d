/* SPDX-License-Identifier: Apache-2.0 */
/*
 * params_leaf - the rows of a kind's table one by one, groups unfolded.
 */
#ifndef EXPERIMENTS_PARAMS_LEAF_H
#define EXPERIMENTS_PARAMS_LEAF_H

#include <stdbool.h>
#include <stddef.h>

#include "faults/kind.h"

#define LEAF_NAME_MAX 64

/* Groups in groups: network.loss.gemodel. */
#define LEAF_GROUPS_MAX 2

struct leaf {
	const struct field *groups[LEAF_GROUPS_MAX]; /* those that it is in, the outermost first */
	size_t depth;				     /* how many they are */
	const struct field *field;
};

/* The leaf at an index; false behind the last one. */
bool leaf_at(const struct fault_kind *kind, size_t index, struct leaf *ret_leaf);

/* The leaf of that name, "loss.gemodel.p", and its index. */
bool leaf_named(
	const struct fault_kind *kind, const char *name, struct leaf *ret_leaf, size_t *ret_index);

void leaf_name(const struct leaf *leaf, char *buffer, size_t size);

/* Its place in the values. */
void *leaf_place(struct fault_params *values, const struct leaf *leaf);

#endif
