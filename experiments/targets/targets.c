/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/targets/targets.h"

#include <stdlib.h>
#include <string.h>

#include "experiments/targets/sources.h"
#include "reports/mem.h"

struct instance *instance_list_add(struct instance_list *list)
{
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	return &list->items[list->count++];
}

void instance_list_release(struct instance_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		instance_release(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static int by_kind_and_name(const void *a, const void *b)
{
	const struct instance *left = a;
	const struct instance *right = b;
	int order;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	order = strcmp(left->name, right->name);
	return order != 0 ? order : strcmp(left->id, right->id);
}

static void sort(struct instance_list *list)
{
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), by_kind_and_name);
}

int targets_resolve(struct standby *standby, const struct selector *selector,
	struct instance_list *ret_list, struct err *err)
{
	struct instance_list list = {0};
	int result = -1;

	switch (selector->kind) {
	case TARGET_CONTAINER:
		result = containers_resolve(standby, selector, &list, err);
		break;
	case TARGET_NETNS:
		result = netns_resolve(standby, selector, &list, err);
		break;
	case TARGET_PROCESS:
		result = processes_resolve(standby, selector, &list, err);
		break;
	}
	if (result < 0) {
		instance_list_release(&list);
		return -1;
	}
	sort(&list);
	*ret_list = list;
	return 0;
}

int targets_list(struct standby *standby, struct instance_list *ret_list, struct err *err)
{
	struct instance_list list = {0};
	int result = containers_list(standby, &list, err);

	netns_list(standby, &list);
	sort(&list);
	*ret_list = list;
	return result;
}
