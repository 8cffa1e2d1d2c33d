/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition - what the kinds that drop or refuse packets share, and the plan of a partition with
 * the plan of an experiment.
 */
#ifndef FAULTS_PARTITION_H
#define FAULTS_PARTITION_H

#include "faults/kind.h"

enum partition_way { WAY_BOTH, WAY_ONE };
enum partition_split { SPLIT_NONE, SPLIT_HALVES, SPLIT_RING, SPLIT_ISOLATE };

/* What whoever sent a packet hears of it. */
enum refusal { REFUSAL_DROP, REFUSAL_REJECT };
extern const char *const refusal_names[];

/* Appends one operation of the packet filter, for the instance's namespace and the interface of the
 * parameters. ERR_UNAVAILABLE when it has none, or the kernel lacks what filter needs. */
int filter_plan(const struct fault_params *params, const struct instance *instance,
	const struct features *features, enum direction direction, const struct aim *aim,
	const struct nft_filter *filter, struct operation_list *list, struct err *err);

#endif
