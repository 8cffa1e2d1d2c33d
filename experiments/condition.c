/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/condition.h"

/* The judgement of a node; false: everything in it is skipped. Depth is limited by the reader. */
static bool judge(const struct tolerances *tolerances, const enum judgement *items,
	const struct condition *condition, enum judgement *ret_judgement)
{
	bool known = false;

	if (condition->kind == CONDITION_LEAF) {
		*ret_judgement = items[condition->leaf];
		return !tolerances->items[condition->leaf].skipped;
	}
	for (size_t i = 0; i < condition->count; i++) {
		enum judgement one;

		if (!judge(tolerances, items, &condition->items[i], &one))
			continue;
		if (!known || (condition->kind == CONDITION_ALL ? one < *ret_judgement
								: one > *ret_judgement))
			*ret_judgement = one;
		known = true;
	}
	return known;
}

/* Without a tree: the first leaf of the worst judgement. */
static size_t worst(const struct tolerances *tolerances, const enum judgement *items)
{
	size_t found = tolerances->count;

	for (size_t i = 0; i < tolerances->count; i++)
		if (!tolerances->items[i].skipped &&
			(found == tolerances->count || items[i] < items[found]))
			found = i;
	return found;
}

enum judgement condition_judge(const struct tolerances *tolerances, const enum judgement *items)
{
	enum judgement judgement = JUDGEMENT_HELD;
	size_t first;

	if (tolerances->root != NULL)
		return judge(tolerances, items, tolerances->root, &judgement) ? judgement
									      : JUDGEMENT_HELD;
	first = worst(tolerances, items);
	return first == tolerances->count ? JUDGEMENT_HELD : items[first];
}

static size_t blame(const struct tolerances *tolerances, const enum judgement *items,
	const struct condition *condition, enum judgement judgement)
{
	if (condition->kind == CONDITION_LEAF)
		return condition->leaf;
	for (size_t i = 0; i < condition->count; i++) {
		enum judgement one;

		if (judge(tolerances, items, &condition->items[i], &one) && one <= judgement)
			return blame(tolerances, items, &condition->items[i], judgement);
	}
	return tolerances->count;
}

size_t condition_blame(
	const struct tolerances *tolerances, const enum judgement *items, enum judgement judgement)
{
	size_t first;

	if (condition_judge(tolerances, items) > judgement)
		return tolerances->count;
	if (tolerances->root != NULL)
		return blame(tolerances, items, tolerances->root, judgement);
	first = worst(tolerances, items);
	return first;
}
