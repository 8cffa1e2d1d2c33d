/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network - what the network kinds share: their plan, and the parts that "network" combines.
 */
#ifndef FAULTS_NETWORK_H
#define FAULTS_NETWORK_H

#include "faults/kind.h"

/* Bits per second. A slower link than the first modems' has no use, a faster one no hardware. */
#define NETWORK_RATE_MIN 1e3
#define NETWORK_RATE_MAX 1e12

/* Bytes. A frame has 14 at least, and a length below zero would be a very large one to netem. */
#define NETWORK_OVERHEAD_MIN (-14)
#define NETWORK_CELL_MAX     65535

/* Nanoseconds. Whole microseconds up to 274 s are what every tc-netem(8) can express; no protocol
 * lives through more. */
#define NETWORK_DELAY_MIN 1e3
#define NETWORK_DELAY_MAX 240e9

/* What netem has bits for; a longer jitter would be cut off without a word. */
#define NETWORK_JITTER_MAX 2147e6

/* Before 2026, the kernel's arithmetic for longer slots wrapped; what slots are for takes
 * milliseconds. */
#define NETWORK_SLOT_MAX 2e9

/* Packets. Each takes some 2 KB of memory at least. */
#define NETWORK_LIMIT_MAX 10e6

/* The parameters of one kind, for that kind and for its group in "network". */
extern const struct field latency_fields[];
extern const struct field loss_fields[];
extern const struct field duplicate_fields[];
extern const struct field corrupt_fields[];
extern const struct field reorder_fields[];
extern const struct field slot_fields[]; /* of "network" only */

/* What their tables cannot express; each is content when its part is all zero. */
int loss_check(struct fault_params *params, struct err *err);
int latency_check(const struct fault_params *params, struct err *err);
int reorder_check(struct fault_params *params, struct err *err);
int slot_check(struct fault_params *params, struct err *err);

/* A percentage of zero does nothing, which nobody means. */
int percent_check(double percent, struct err *err);

/* Can what it does to packets change while it is in force? */
bool network_can_change(const struct fault_kind *kind);

/* One operation for each interface, by the engine that fits. */
int network_plan(const struct fault_kind *kind, const struct fault_params *params,
	const struct instance *instance, enum engine engine, const struct features *features,
	struct operation_list *list, struct err *err);

#endif
