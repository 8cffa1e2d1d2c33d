/* SPDX-License-Identifier: Apache-2.0 */
/* A TAP device as netlink sees it, by its name alone: with or without a relay. */
#include "faults/device.h"
#include "faults/qdisc.h"
#include "faults/tap.h"

uint64_t tap_overruns(struct nl_sock *socket, const char *name)
{
	struct device device;
	struct qdisc qdisc;
	struct err ignored;

	if (device_find(socket, name, &device, &ignored) < 0)
		return 0;
	/* Where a full device makes its queueing discipline wait, that is who drops. */
	if (qdisc_get_root(socket, device.index, &qdisc, &ignored) < 0)
		return device.tx_dropped;
	return device.tx_dropped + qdisc.drops;
}

int tap_remove(struct nl_sock *socket, const char *name, struct err *err)
{
	return device_remove(socket, name, "tun", err);
}
