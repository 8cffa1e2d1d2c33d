/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tap - the device that the redirect leads to, and the packet socket that leads back.
 */
#ifndef FAULTS_TAP_H
#define FAULTS_TAP_H

#include <net/if.h>
#include <stdint.h>

#include "reports/err.h"

/* Made inside a namespace: call by netns_call. */
struct tap_request {
	const char *name;	  /* of the TAP */
	uint32_t interface_index; /* whose frames it will carry */
	/* results; the descriptors are the caller's, -1 before */
	int tap_fd;
	int packet_fd;
	uint32_t tap_index;
};

/* Makes the TAP (up, without IPv6, with the interface's MTU) and a packet socket bound to the
 * interface that bypasses its queueing discipline. data is a struct tap_request. The device lives
 * as long as its descriptor. */
int tap_create(void *data, struct err *err);

#endif
