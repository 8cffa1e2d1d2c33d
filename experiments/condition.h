/* SPDX-License-Identifier: Apache-2.0 */
/*
 * condition - several tolerances, and how they hang together: all of them, or any.
 *
 * "none" is not there any more once a file is read: what must not be is turned into what must be
 * (De Morgan), with the comparisons negated, so that each single tolerance says for itself whether
 * it is kept.
 */
#ifndef EXPERIMENTS_CONDITION_H
#define EXPERIMENTS_CONDITION_H

#include <stddef.h>

#include "experiments/tolerance.h"

#define CONDITION_DEPTH_MAX  8
#define CONDITION_LEAVES_MAX 64

enum condition_kind { CONDITION_LEAF, CONDITION_ALL, CONDITION_ANY };

struct condition {
	enum condition_kind kind;
	size_t leaf; /* index into the tolerances */
	struct condition *items;
	size_t count;
};

/* A view of what a probe must keep to. */
struct tolerances {
	const struct tolerance *items;
	size_t count;
	const struct condition *root; /* NULL: all of them */
};

/* The judgement of all of it from those of its parts, by Kleene's three-valued logic: all of them
 * are worth as much as the worst, any of them as much as the best. Those that are skipped do not
 * count; held when nothing is left. items: as many as there are tolerances. */
enum judgement condition_judge(const struct tolerances *tolerances, const enum judgement *items);

/* The first tolerance that is to blame for a judgement that is no better than judgement, as an
 * index; the number of tolerances: none is. */
size_t condition_blame(
	const struct tolerances *tolerances, const enum judgement *items, enum judgement judgement);

#endif
