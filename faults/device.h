/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device - the network devices that perturb makes, by their names alone: as netlink sees them,
 * whoever made them.
 */
#ifndef FAULTS_DEVICE_H
#define FAULTS_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "reports/err.h"

struct nl_sock;

/* Our devices have names of their own: one of these, and eight hexadecimal digits. */
#define TAP_PREFIX "ptb"
#define IFB_PREFIX "pfb"
bool device_is_ours(const char *name, const char *prefix);

/* A name that nobody has, in a buffer of IFNAMSIZ. */
int device_choose_name(const char *prefix, char *name, struct err *err);

struct device {
	uint32_t index;
	char kind[16]; /* "tun", "ifb", …; "" for hardware */
	uint64_t tx_dropped;
};

/* ENODEV in sys when there is none of that name. */
int device_find(
	struct nl_sock *socket, const char *name, struct device *ret_device, struct err *err);

/* Makes an intermediate functional block, up, with a name of ours. */
int device_add_ifb(struct nl_sock *socket, const char *name, uint32_t *ret_index, struct err *err);

/* Removes the device of that name, if it is of that kind. Succeeds when there is none. */
int device_remove(struct nl_sock *socket, const char *name, const char *kind, struct err *err);

#endif
