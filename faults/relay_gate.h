/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_gate - what holds frames back that are due: netem's slots, or a token bucket as the
 * kernel's tbf has it. Frames pass it one by one, in their order.
 */
#ifndef FAULTS_RELAY_GATE_H
#define FAULTS_RELAY_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/relay_model.h"

struct relay_slots {
	bool used;
	struct slot_pattern pattern;
	int64_t next_ns; /* when the next one begins, or the one that goes on began */
	int64_t packets_left;
	int64_t bytes_left;
};

/* Tokens are times, as in the kernel: a frame costs what it takes on the line. */
struct relay_bucket {
	uint64_t rate_bits; /* 0: there is no bucket */
	uint64_t peak_bits; /* 0: nor a second one for the peak */
	int64_t burst_ns;   /* what they hold */
	int64_t peak_burst_ns;
	int64_t tokens_ns;
	int64_t peak_tokens_ns;
	int64_t filled_at_ns;
	uint64_t frame_max; /* bytes; a longer frame never passes */
	uint64_t queue_max; /* bytes that may wait */
};

struct relay_gate {
	struct relay_slots slots;
	struct relay_bucket bucket;
};

/* All-zero, it holds nothing back. */
void relay_gate_init(struct relay_gate *gate, const struct impairment *impairment, int64_t now);

/* Does it hold anything back, ever? */
bool relay_gate_is_used(const struct relay_gate *gate);

/* Is there room for a frame of that length, where that many bytes wait? */
bool relay_gate_has_room(const struct relay_gate *gate, uint64_t waiting, uint64_t length);

/* Lets a frame of that length pass, the first of those that wait, if it may. Otherwise
 * *ret_again_ns is when to try again. The model draws the slots. */
bool relay_gate_pass(struct relay_gate *gate, struct relay_model *model, int64_t due_ns,
	uint64_t length, int64_t now, int64_t *ret_again_ns);

#endif
