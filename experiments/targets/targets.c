/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/targets/targets.h"

#include <stdlib.h>
#include <string.h>

#include "experiments/targets/container_process.h"
#include "experiments/targets/interfaces.h"
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

/* Interfaces of every instance. When listing, a namespace that cannot be entered is shown without
 * them; a target must be seen whole. */
static int read_interfaces(struct instance_list *list, bool tolerant, struct err *err)
{
	struct netns_cache *cache;
	int result = 0;

	if (netns_cache_new(&cache, err) < 0)
		return tolerant ? 0 : -1;
	for (size_t i = 0; i < list->count && result == 0; i++) {
		struct instance *instance = &list->items[i];

		if (instance->netns_path[0] == '\0')
			continue;
		if (interfaces_read(cache, instance, err) < 0 && !tolerant)
			result = err_prefix(err, "%s", instance->name);
	}
	netns_cache_free(cache);
	return result;
}

int targets_resolve(
	const struct selector *selector, struct instance_list *ret_list, struct err *err)
{
	struct instance_list list = {0};
	int result = -1;

	switch (selector->kind) {
	case TARGET_CONTAINER:
		result = containers_resolve(selector, &list, err);
		break;
	case TARGET_NETNS:
		result = netns_resolve(selector, &list, err);
		break;
	case TARGET_PROCESS:
		result = processes_resolve(selector, &list, err);
		break;
	}
	if (result == 0)
		result = read_interfaces(&list, selector->kind == TARGET_PROCESS, err);
	if (result < 0) {
		instance_list_release(&list);
		return -1;
	}
	sort(&list);
	*ret_list = list;
	return 0;
}

int targets_pin_down(struct instance *instance, pid_t pid, struct err *err)
{
	struct netns_cache *cache;
	int result;

	if (container_process_find(instance->id, pid, instance, err) < 0 ||
		netns_cache_new(&cache, err) < 0)
		return -1;
	result = interfaces_read(cache, instance, err);
	netns_cache_free(cache);
	return result;
}

int targets_list(struct instance_list *ret_list, struct err *err)
{
	struct instance_list list = {0};
	int result = containers_list(&list, err);

	netns_list(&list);
	(void)read_interfaces(&list, true, NULL);
	sort(&list);
	*ret_list = list;
	return result;
}
