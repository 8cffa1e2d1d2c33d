/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loss_model - the two Markov models of tc-netem(8) by which packets are lost in bursts.
 */
#ifndef FAULTS_LOSS_MODEL_H
#define FAULTS_LOSS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/impairment.h"

enum loss_model {
	LOSS_INDEPENDENT, /* impairment.loss, with its correlation; also when nothing is lost */
	LOSS_GILBERT_ELLIOTT,
	LOSS_FOUR_STATE,
};

/* Which one the impairment asks for. */
enum loss_model loss_model_of(const struct impairment *impairment);

/* The share of packets that is lost in the long run, 0 to 1. Correlation is not looked at. */
double loss_model_mean(const struct impairment *impairment);

/* One model on its way from packet to packet. */
struct loss_chain {
	enum loss_model model;
	int state;
	/* Gilbert-Elliott */
	uint32_t p;
	uint32_t r;
	uint32_t bad_survival; /* the kernel's h */
	uint32_t good_loss;    /* the kernel's 1-k */
	/* four states */
	uint32_t p13;
	uint32_t p31;
	uint32_t p32;
	uint32_t p23;
	uint32_t p14;
};

void loss_chain_init(struct loss_chain *chain, const struct impairment *impairment);

/* Is the next packet lost? Takes two uniform random numbers. Only for the two Markov models. */
bool loss_chain_next(struct loss_chain *chain, uint32_t first, uint32_t second);

#endif
