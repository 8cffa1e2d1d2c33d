/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/params_leaf.h"

#include <stdio.h>
#include <string.h>

/* Counts *index down, leaf by leaf. */
static bool find_leaf(const struct field *fields, size_t *index, struct leaf *leaf)
{
	for (const struct field *field = fields; field->name != NULL; field++) {
		if (field->type != FIELD_GROUP) {
			leaf->field = field;
			if ((*index)-- == 0)
				return true;
			continue;
		}
		if (leaf->depth == LEAF_GROUPS_MAX)
			continue;
		leaf->groups[leaf->depth++] = field;
		if (find_leaf(field->group, index, leaf))
			return true;
		leaf->depth--;
	}
	return false;
}

bool leaf_at(const struct fault_kind *kind, size_t index, struct leaf *ret_leaf)
{
	memset(ret_leaf, 0, sizeof(*ret_leaf));
	return find_leaf(kind->fields, &index, ret_leaf);
}

void leaf_name(const struct leaf *leaf, char *buffer, size_t size)
{
	int used = 0;

	for (size_t i = 0; i < leaf->depth && (size_t)used < size; i++)
		used += snprintf(buffer + used, size - (size_t)used, "%s.", leaf->groups[i]->name);
	if ((size_t)used < size)
		snprintf(buffer + used, size - (size_t)used, "%s", leaf->field->name);
}

static bool leaf_is_named(const struct leaf *leaf, const char *name)
{
	char own[LEAF_NAME_MAX];

	leaf_name(leaf, own, sizeof(own));
	return strcmp(own, name) == 0;
}

bool leaf_named(
	const struct fault_kind *kind, const char *name, struct leaf *ret_leaf, size_t *ret_index)
{
	for (size_t i = 0; leaf_at(kind, i, ret_leaf); i++) {
		*ret_index = i;
		if (leaf_is_named(ret_leaf, name))
			return true;
	}
	return false;
}

void *leaf_place(struct fault_params *values, const struct leaf *leaf)
{
	return (char *)values + leaf->field->offset;
}
