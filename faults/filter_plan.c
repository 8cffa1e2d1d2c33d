/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "faults/partition.h"
#include "reports/mem.h"

#define MODULES                                                                                    \
	"load or install the kernel's modules for nftables (linux-modules-extra, "                 \
	"kernel-modules-extra), see \"perturb doctor\""

const char *const refusal_names[] = {"drop", "reject", NULL};

static int check_features(
	const struct features *features, const struct nft_filter *filter, struct err *err)
{
	if (!features->root)
		return err_set(err, ERR_UNAVAILABLE, 0, "network faults need root");
	if (!features->nf_tables)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"this kernel has no nf_tables with the inet family: " MODULES);
	if (filter->reject && !features->nft_reject)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"this kernel has no nft_reject_inet, which reject needs: " MODULES
			"; drop would work");
	if (filter->limited && !features->nft_connlimit)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"this kernel has no nft_connlimit, which max_connections needs: " MODULES);
	return 0;
}

/* Rules go by the interface's name, which may be one that is still to come: a mistake, mostly. */
static int check_interface(
	const struct fault_params *params, const struct instance *instance, struct err *err)
{
	if (params->interface[0] == '\0')
		return 0;
	for (size_t i = 0; i < instance->interface_count; i++)
		if (strcmp(instance->interfaces[i].name, params->interface) == 0)
			return 0;
	return err_set(err, ERR_UNAVAILABLE, 0, "it has no interface %s", params->interface);
}

int filter_plan(const struct fault_params *params, const struct instance *instance,
	const struct features *features, enum direction direction, const struct aim *aim,
	const struct nft_filter *filter, struct operation_list *list, struct err *err)
{
	struct operation *operation;

	if (instance->netns_path[0] == '\0')
		return err_set(err, ERR_UNAVAILABLE, 0, "it has no network namespace");
	if (check_features(features, filter, err) < 0 || check_interface(params, instance, err) < 0)
		return -1;
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	operation = &list->items[list->count++];
	memset(operation, 0, sizeof(*operation));
	operation->type = OPERATION_NFT;
	operation->pid = instance->pid;
	operation->start_time = instance->start_time;
	operation->netns_device = instance->netns_device;
	operation->netns_inode = instance->netns_inode;
	operation->direction = direction;
	operation->aim = *aim;
	operation->filter = *filter;
	memcpy(operation->netns_path, instance->netns_path, sizeof(operation->netns_path));
	memcpy(operation->interface, params->interface, sizeof(operation->interface));
	return 0;
}
