/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_run - one probe at work: its schedule, and what its requests came to by phase, by second,
 * lately, and since the faults ended.
 */
#ifndef EXPERIMENTS_PROBE_RUN_H
#define EXPERIMENTS_PROBE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "experiments/detection.h"
#include "experiments/experiment.h"
#include "experiments/loop.h"
#include "experiments/probes/prober.h"
#include "experiments/recovery.h"
#include "experiments/series.h"
#include "experiments/tally.h"
#include "experiments/window.h"
#include "reports/report.h"

struct probe_run {
	const struct probe *probe;
	struct loop *loop;
	struct prober *prober;
	struct loop_timer timer; /* the next request */
	int64_t start_ns;	 /* the run's zero */
	int64_t first_due_ns;
	uint64_t fired; /* requests so far; the next one is due fired / rate after the first */
	enum phase phase;
	int64_t entered_ns; /* when it began */
	struct tally phases[PHASE_COUNT];
	struct series series;
	struct window window;
	struct recovery recovery; /* start_ns 0: the phase has not begun */
	struct detection detection;
};

/* Prepares *run, which must not move afterwards. window_ns: how long a guard looks back. */
int probe_run_init(struct probe_run *run, const struct probe *probe, struct loop *loop,
	struct probe_services *services, int64_t window_ns, struct err *err);
void probe_run_release(struct probe_run *run);

/* Fires from offset_ns after start_ns on, or after now if that is later. */
void probe_run_start(struct probe_run *run, int64_t start_ns, int64_t offset_ns);
/* What was due before now still belongs to the phase before. */
void probe_run_enter(struct probe_run *run, enum phase phase, int64_t now);
void probe_run_stop(struct probe_run *run, int64_t now);

/* The phase is as long as it is now, for what is counted per second; it may go on. */
void probe_run_measure(struct probe_run *run, int64_t now);
/* The first fault was injected. */
void probe_run_injected(struct probe_run *run, int64_t now);

/* The tolerances that apply in a phase, and what the probe keeps to when no fault is active, both
 * with the limits of that phase. */
void probe_run_tolerances(
	const struct probe_run *run, enum phase phase, struct resolved *ret_tolerances);
void probe_run_steady(
	const struct probe_run *run, enum phase phase, struct resolved *ret_tolerances);

#endif
