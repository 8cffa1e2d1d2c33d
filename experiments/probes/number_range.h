/* SPDX-License-Identifier: Apache-2.0 */
/*
 * number_range - what a number in an answer must keep to: one condition, such as ">= 3", or two
 * that must both hold.
 */
#ifndef EXPERIMENTS_PROBES_NUMBER_RANGE_H
#define EXPERIMENTS_PROBES_NUMBER_RANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/comparison.h"
#include "experiments/decode.h"

#define NUMBER_RANGE_MAX 2

struct number_range {
	struct {
		enum comparison comparison;
		double limit;
	} items[NUMBER_RANGE_MAX];
	size_t count; /* 0: nothing is asked for */
};

/* Adds what text says: a sign of comparison and a number, which may be negative. ERR_USAGE with the
 * reason. */
int number_range_add(const char *text, struct number_range *range, struct err *err);

/* Do all conditions hold? NaN keeps to none; without any everything but NaN is right. */
bool number_range_holds(const struct number_range *range, double value);

/* A condition or a list of two, into a struct number_range: of numbers, of sizes in bytes ("<=
 * 64KiB"), and of durations in seconds ("< 1m"). */
decode_reader number_range_read;
decode_reader number_range_read_size;
decode_reader number_range_read_duration;

#endif
