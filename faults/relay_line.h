/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_line - netem's rate: a line on which each frame takes its time, one after the other.
 */
#ifndef FAULTS_RELAY_LINE_H
#define FAULTS_RELAY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults/impairment.h"

/* All-zero, it has no limit. */
struct relay_line {
	uint64_t rate_bits; /* 0: unlimited */
	int64_t packet_overhead;
	int64_t cell_size;
	int64_t cell_overhead;
	int64_t free_ns; /* when the last frame will have been sent */
};

/* Takes the figures over; frames that are on the line stay there. A token bucket is no line. */
void relay_line_set(struct relay_line *line, const struct impairment *impairment);

/* When a frame of that length is due, which is to be held for the delay; waiting: others are before
 * it. */
int64_t relay_line_due(
	struct relay_line *line, size_t length, bool waiting, int64_t now, int64_t delay);

#endif
