/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kinds - the rows of the kind table. A new kind is one line here, one file, and nothing else.
 */
#ifndef FAULTS_KINDS_H
#define FAULTS_KINDS_H

#include "faults/kind.h"

/* In the order in which "perturb faults" lists them. */
#define FAULT_KINDS(X)                                                                             \
	X(latency)                                                                                 \
	X(loss)                                                                                    \
	X(duplicate)                                                                               \
	X(corrupt)                                                                                 \
	X(reorder)                                                                                 \
	X(bandwidth)                                                                               \
	X(network)                                                                                 \
	X(partition)                                                                               \
	X(port)                                                                                    \
	X(dns)                                                                                     \
	X(reset)                                                                                   \
	X(kill)                                                                                    \
	X(pause)

#define FAULT_KIND_DECLARE(name) extern const struct fault_kind fault_##name;
FAULT_KINDS(FAULT_KIND_DECLARE)
#undef FAULT_KIND_DECLARE

#endif
