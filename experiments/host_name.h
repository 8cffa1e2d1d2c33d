/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_name - the addresses of a host, in bounded time.
 */
#ifndef EXPERIMENTS_HOST_NAME_H
#define EXPERIMENTS_HOST_NAME_H

#include <stddef.h>

#include "faults/aim.h"
#include "reports/err.h"

#define HOST_ADDRESSES_MAX AIM_NETWORKS_MAX

/* All addresses, of both families, each as a network of one; at most HOST_ADDRESSES_MAX. A resolver
 * can wait for a minute or more: it is given patience_ms. ERR_UNAVAILABLE when the name has no
 * address, or none in that time. */
int host_name_resolve(const char *name, int patience_ms, struct aim_network *ret_addresses,
	size_t *ret_count, struct err *err);

#endif
