/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_run - one probe at work: its schedule, and what its requests came to by phase, by second,
 * lately, and since the faults ended.
 *
 * Open loop: requests go out at their rate, whatever becomes of earlier ones. Closed loop (an
 * infinite rate): so many are always in flight, and each that ends makes room for the next.
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
	struct window glance;
	struct window *windows; /* of its guards */
	size_t window_count;
	struct recovery recovery;
	struct detection detection;
	/* closed loop */
	bool running;
	bool filling; /* requests are being sent: those that end meanwhile send none */
	struct loop_timer rest_timer;
	uint32_t resting[2]; /* how many are left out: until the timer's next end, and the one
				after it */
};

/* Prepares *run for that probe, which must not move afterwards. All memory that a run needs for as
 * long as the experiment lasts is bounded from then on. */
int probe_run_init(struct probe_run *run, const struct experiment *experiment, size_t probe,
	struct loop *loop, struct probe_services *services, struct err *err);
void probe_run_release(struct probe_run *run);

/* Fires from offset_ns after start_ns on, or after now if that is later. */
void probe_run_start(struct probe_run *run, int64_t start_ns, int64_t offset_ns);
/* What was due before now still belongs to the phase before. */
void probe_run_enter(struct probe_run *run, enum phase phase, int64_t now);
void probe_run_stop(struct probe_run *run, int64_t now);

/* What ended in the last seconds; added to the tally. */
void probe_run_glance(const struct probe_run *run, struct tally *tally);
/* What ended in the last over_ns, as a guard of that length sees it; added to the tally. */
void probe_run_lately(
	const struct probe_run *run, int64_t over_ns, int64_t now, struct tally *tally);

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
