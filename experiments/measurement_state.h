/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measurement_state - what measurement.c keeps and measurement_report.c reads.
 */
#ifndef EXPERIMENTS_MEASUREMENT_STATE_H
#define EXPERIMENTS_MEASUREMENT_STATE_H

#include "experiments/measurement.h"
#include "experiments/probe_run.h"

struct measurement {
	const struct experiment *experiment;
	struct probe_services services;
	struct probe_run *runs; /* one per probe, in the experiment's order */
	size_t count;
	bool entered[PHASE_COUNT];
	int64_t entered_ns[PHASE_COUNT];
	int64_t left_ns[PHASE_COUNT]; /* when the next one began, or the last request was due */
	enum phase phase;
};

#endif
