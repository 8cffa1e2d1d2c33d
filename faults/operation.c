/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/operation.h"

#include <stddef.h>

#include "faults/loss_model.h"
#include "reports/mem.h"

static const struct operation_ops *const table[] = {
	[OPERATION_NETEM] = &operation_netem,
	[OPERATION_TBF] = &operation_tbf,
	[OPERATION_RELAY] = &operation_relay,
	[OPERATION_SIGNAL] = &operation_signal,
	[OPERATION_FREEZE] = &operation_freeze,
	[OPERATION_STOP] = &operation_stop,
	[OPERATION_DNS] = &operation_dns,
	[OPERATION_NFT] = &operation_nft,
	[OPERATION_IFB] = &operation_ifb,
	[OPERATION_RESET] = &operation_reset,
};

bool operation_type_valid(int type)
{
	return type >= 0 && (size_t)type < ARRAY_SIZE(table);
}

const struct operation_ops *operation_ops(enum operation_type type)
{
	return table[type];
}

bool operation_takes_super_packets(const struct operation *operation)
{
	const struct impairment *impairment = &operation->impairment;

	return (operation->type == OPERATION_NETEM || operation->type == OPERATION_IFB) &&
	       operation->super_packets && !operation->segment &&
	       (loss_model_mean(impairment) > 0.0 || impairment->duplicate > 0.0 ||
		       impairment->corrupt > 0.0 || impairment->reorder > 0.0);
}

bool operation_skips_filters(const struct operation *operation)
{
	return operation->type == OPERATION_IFB && operation->filtered;
}

uint64_t operation_seed(const struct operation *operation)
{
	return operation->seed + ((uint64_t)operation->id << 32);
}

const char *operation_engine(const struct operation *operation)
{
	const struct operation_ops *ops = operation_ops(operation->type);

	return ops->engine != NULL ? ops->engine(operation) : ops->name;
}
