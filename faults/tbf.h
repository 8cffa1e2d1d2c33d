/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tbf - the kernel's token bucket filter: the bandwidth kind where sch_tbf is at hand.
 */
#ifndef FAULTS_TBF_H
#define FAULTS_TBF_H

#include <stdint.h>

/* Half of what the kernel's 32-bit counters of bytes can express, so that the limit, which
 * includes the burst, can be expressed too. */
#define TBF_BURST_MAX (UINT32_MAX / 2)

/* The bucket for a rate on an interface with that MTU, in bytes, where the user named none. */
uint64_t tbf_default_burst(uint64_t rate_bits, unsigned int mtu);

#endif
