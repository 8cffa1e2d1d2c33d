/* SPDX-License-Identifier: Apache-2.0 */
/*
 * impairment - what is done to packets, in the terms of tc-netem(8), for both engines.
 *
 * Plain data of fixed size: it is sent to the custodian, written to the journal and handed to the
 * relay as it stands. All-zero means "nothing".
 */
#ifndef FAULTS_IMPAIRMENT_H
#define FAULTS_IMPAIRMENT_H

#include <stdbool.h>
#include <stdint.h>

enum distribution {
	DISTRIBUTION_UNIFORM,
	DISTRIBUTION_NORMAL,
	DISTRIBUTION_PARETO,
	DISTRIBUTION_PARETONORMAL,
};

/* Loss by the Gilbert-Elliott model; p is never 0 when it is used. */
struct gilbert_elliott {
	double p;	  /* from the good state to the bad one */
	double r;	  /* back */
	double bad_loss;  /* tc's 1-h */
	double good_loss; /* tc's 1-k */
};

/* Loss by the Markov chain of four states: 1 and 2 receive, in a gap and in a burst, 3 loses in a
 * burst, 4 alone; p13 is never 0 when it is used. */
struct four_state {
	double p13;
	double p31;
	double p32;
	double p23;
	double p14;
};

/*
 * Packets that are due leave only when a slot begins, and each slot takes a limited number of them,
 * as on a line that several share in turn. All-zero: no slots. Without a distribution, the time
 * from slot to slot lies anywhere between minimum and maximum; with one, it is delay and jitter.
 */
struct slot_pattern {
	int64_t minimum_ns;
	int64_t maximum_ns;
	int64_t delay_ns;
	int64_t jitter_ns;
	uint64_t bytes;	  /* that leave in one slot; 0: no limit */
	uint32_t packets; /* as well */
	int distribution; /* enum distribution */
	uint32_t table;	  /* as in struct impairment */
};

struct impairment {
	int64_t delay_ns;
	int64_t jitter_ns;
	double delay_correlation; /* percentages are 0 to 100 throughout */
	double loss;
	double loss_correlation;
	struct gilbert_elliott gemodel; /* instead of loss, as is four_state */
	struct four_state four_state;
	double duplicate;
	double duplicate_correlation;
	double corrupt;
	double corrupt_correlation;
	double reorder;
	double reorder_correlation;
	uint64_t rate_bits;	 /* bits per second; 0: unlimited */
	int64_t packet_overhead; /* bytes that each packet has on the line besides its own */
	uint64_t cell_size;    /* bytes of a packet that a cell of the line carries; 0: no cells */
	int64_t cell_overhead; /* bytes that each cell has besides them */
	/* of a token bucket, which only the bandwidth kind has */
	uint64_t burst_bytes;	   /* 0: there is none; the plan chooses one from the rate */
	int64_t queue_ns;	   /* how long a packet may wait for tokens; 0: 100 ms */
	uint64_t peak_bits;	   /* bits per second that a burst has at most; 0: unlimited */
	uint64_t peak_burst_bytes; /* what may leave at once all the same */

	struct slot_pattern slots;
	int distribution;     /* enum distribution; int, because FIELD_CHOICE stores one */
	uint32_t table;	      /* a distribution of the user's, by its number from 1; 0: none */
	uint32_t reorder_gap; /* 0: every packet is a candidate (netem then uses 1) */
	uint32_t limit;	      /* packets the queue holds; 0: chosen by the plan */
	bool ecn;	      /* lost packets that can be marked are, and not dropped */
};

/* Do the slots hold anything back? As netem decides it. */
static inline bool slots_are_used(const struct slot_pattern *slots)
{
	return slots->minimum_ns != 0 || slots->maximum_ns != 0 || slots->jitter_ns != 0;
}

#endif
