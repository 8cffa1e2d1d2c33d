/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_priority - the relay's place among other processes. A late frame is a wrong measurement,
 * so it goes first, in real time where that is allowed; but not when it has more to do than a
 * processor can, because then it would take that processor from those whom it serves, and the
 * kernel would stop it for 50 ms in every second (sched(7), "Limiting the CPU usage of real-time
 * and deadline processes").
 */
#ifndef FAULTS_RELAY_PRIORITY_H
#define FAULTS_RELAY_PRIORITY_H

#include <stdbool.h>
#include <stdint.h>

struct relay_priority {
	bool allowed;  /* real time */
	bool realtime; /* now */
	int64_t window_ns;
	int64_t busy_ns; /* processor time used when the window began */
};

/* Call it while still privileged; the right to come back to real time stays. */
void relay_priority_init(struct relay_priority *priority, int64_t now);

/* Looks at the load of the last while and chooses anew; cheap enough for every turn of a loop. */
void relay_priority_balance(struct relay_priority *priority, int64_t now);

#endif
