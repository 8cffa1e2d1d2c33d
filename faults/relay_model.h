/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_model - what happens to one packet: the random models of the kernel's netem
 * (net/sched/sch_netem.c), so that an impairment means the same on both engines.
 */
#ifndef FAULTS_RELAY_MODEL_H
#define FAULTS_RELAY_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/distribution.h"
#include "faults/distribution_table.h"
#include "faults/impairment.h"
#include "faults/loss_model.h"

/* One chance, with the memory that its correlation needs. */
struct chance {
	uint32_t threshold;   /* probability in units of 1/(2^32 - 1) */
	uint32_t correlation; /* the same units */
	uint32_t last;
};

/* Where jitter is drawn from. */
struct deviates {
	const int16_t *table; /* NULL: uniform */
	size_t size;
	int16_t named[DISTRIBUTION_SIZE]; /* filled only when a table of that name is used */
};

/* Not to be copied: it points into itself. */
struct relay_model {
	struct impairment impairment;
	uint64_t random[4];  /* state of xoshiro256** */
	struct chance delay; /* only its correlation is used */
	struct chance loss;
	struct loss_chain loss_chain; /* instead of it */
	struct chance duplicate;
	struct chance corrupt;
	struct chance reorder;
	uint32_t gap;	  /* every gap-th packet may be reordered; 0: none */
	uint32_t counter; /* packets since the last one that was */
	struct deviates delay_deviates;
	struct deviates slot_deviates;
};

/* What the model has in mind for a packet. */
struct fate {
	bool lost;
	bool marked;	 /* it would have been lost */
	bool duplicated; /* a copy goes its own way: ask again for it, with may_duplicate false */
	bool corrupted;
	bool reordered;	  /* sent at once, before those that wait */
	int64_t delay_ns; /* >= 0; 0 when reordered */
};

/* The same seed gives the same fates. tables are the user's, and must outlive the model; NULL where
 * the impairment names none. A table that is not there is taken as uniform. */
void relay_model_init(struct relay_model *model, const struct impairment *impairment,
	const struct distribution_tables *tables, uint64_t seed);
/* may_mark: the packet can be marked instead of being lost. */
struct fate relay_model_next(struct relay_model *model, bool may_duplicate, bool may_mark);
/* The time from one slot to the next. */
int64_t relay_model_slot(struct relay_model *model);
/* A uniform random number, for the choice of the bit to flip. */
uint32_t relay_model_random(struct relay_model *model);

#endif
