/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tap - the device that the redirect leads to, and the packet socket that leads back.
 */
#ifndef FAULTS_TAP_H
#define FAULTS_TAP_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "reports/err.h"

struct nl_sock;

/* Made inside a namespace: call by netns_call. */
struct tap_request {
	const char *name;	  /* of the TAP */
	uint32_t interface_index; /* whose frames it will carry */
	bool super_packets;	  /* not cut to size, with a struct virtio_net_hdr in front */
	bool received;		  /* it carries what the interface receives, and gives it back */
	uint32_t mark;		  /* what is sent has this, and passes the queueing discipline;
				     0: it bypasses that */
	/* results; the descriptors are the caller's, -1 before */
	int tap_fd;
	int packet_fd;
	uint32_t tap_index;
};

/* Makes the TAP (up, without IPv6, with the interface's MTU and address) and a packet socket
 * that is bound to the interface. data is a struct tap_request. The device
 * lives as long as its descriptor. ERR_UNAVAILABLE for an interface without Ethernet frames. */
int tap_create(void *data, struct err *err);

/* How many packets the device of that name could not queue, because the relay was too slow. 0 if
 * there is no such device. */
uint64_t tap_overruns(struct nl_sock *socket, const char *name);

/* Removes the device of that name, whoever still holds its descriptor, if it is a TAP. Succeeds
 * when there is none. */
int tap_remove(struct nl_sock *socket, const char *name, struct err *err);

#endif
