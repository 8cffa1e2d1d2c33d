/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer - what one request of a probe came to.
 */
#ifndef EXPERIMENTS_PROBES_ANSWER_H
#define EXPERIMENTS_PROBES_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "experiments/outcome.h"

/* Times are nanoseconds of CLOCK_MONOTONIC; the parts are since sent_ns, -1: there was none, or it
 * is not known. */
struct probe_answer {
	int64_t due_ns;
	int64_t sent_ns;       /* when its turn came: later than due_ns by the schedule's lag */
	int64_t ended_ns;      /* when the answer was complete, or given up */
	int64_t connect_ns;    /* until a new connection stood */
	int64_t tls_ns;	       /* until its handshake was done */
	int64_t first_byte_ns; /* until the first byte of the answer */
	uint64_t duplicates;   /* of a message: how often it came again */
	double value;	       /* a figure that was asked for */
	bool has_value;
	enum outcome outcome;
	unsigned int tag;
};

#endif
