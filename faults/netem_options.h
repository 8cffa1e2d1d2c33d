/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netem_options - an impairment as the kernel's netem takes it.
 *
 * The options are written as iproute2 (tc/q_netem.c) writes them, because libnl knows neither
 * rates nor 64-bit delays: its delays wrap at 274 seconds.
 */
#ifndef FAULTS_NETEM_OPTIONS_H
#define FAULTS_NETEM_OPTIONS_H

#include "faults/qdisc.h"

/* TCA_NETEM_PRNG_SEED, which the headers have since Linux 6.6. */
#define NETEM_PRNG_SEED 14

/* A qdisc_options_writer. */
int netem_write_options(struct nl_msg *message, const struct operation_context *context,
	const struct operation *operation);

#endif
