/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reset - which TCP connections are destroyed.
 *
 * Plain data of fixed size, as impairment.h.
 */
#ifndef FAULTS_RESET_H
#define FAULTS_RESET_H

#include <stdint.h>

struct reset {
	double percent; /* the chance of each connection */
	int states;	/* index into reset_states; int, because FIELD_CHOICE stores one */
};

/* The names of ss(8) for states of a connection, alone and together; ends with NULL. */
extern const char *const reset_states[];

/* Bit N: the state number N of <netinet/tcp.h>. Never one of a listener, nor of a connection that
 * is over (TIME-WAIT). 0 for what is no index. */
uint32_t reset_state_bits(int states);

#endif
