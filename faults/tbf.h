/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tbf - the kernel's token bucket filter: the bandwidth kind where sch_tbf is at hand.
 */
#ifndef FAULTS_TBF_H
#define FAULTS_TBF_H

#include <stdint.h>
#include <stdio.h>

#include "faults/impairment.h"

/* Half of what the kernel's 32-bit counters of bytes can express, so that the limit, which
 * includes the burst, can be expressed too. */
#define TBF_BURST_MAX (UINT32_MAX / 2)

/* The bucket for a rate on an interface with that MTU, in bytes, where the user named none. */
uint64_t tbf_default_burst(uint64_t rate_bits, unsigned int mtu);

/* The largest packet of an interface with that MTU, in bytes: Ethernet with a VLAN tag. */
uint64_t tbf_largest_packet(unsigned int mtu);

/* How long a packet may wait for tokens, where the user named no latency: as in most examples of
 * tc-tbf(8), enough for TCP to keep the rate, and no more. */
#define TBF_QUEUE_NS 100000000

/* What may wait for tokens or be in the buckets, in bytes: the limit that tc computes from latency.
 */
uint32_t tbf_queue_bytes(const struct impairment *impairment);

/* Writes "tbf rate 10mbit burst 12500 limit 137500". */
void tbf_describe(const struct impairment *impairment, FILE *out);

#endif
