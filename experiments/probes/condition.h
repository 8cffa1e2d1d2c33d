/* SPDX-License-Identifier: Apache-2.0 */
/*
 * condition - what a number in an answer must keep to: ">= 3", or several of these that must all
 * hold.
 */
#ifndef EXPERIMENTS_PROBES_CONDITION_H
#define EXPERIMENTS_PROBES_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/decode.h"
#include "experiments/tolerance.h"

#define CONDITIONS_MAX 2

struct conditions {
	struct {
		enum comparison comparison;
		double limit;
	} items[CONDITIONS_MAX];
	size_t count; /* 0: none were asked for */
};

/* Adds what text says: a sign of comparison and a number, which may be negative. ERR_USAGE with the
 * reason. */
int condition_parse(const char *text, struct conditions *conditions, struct err *err);

/* Do all hold? NaN keeps to none; without conditions everything but NaN is right. */
bool conditions_hold(const struct conditions *conditions, double value);

/* A condition or a list of two, into a struct conditions. */
decode_reader conditions_read;

#endif
