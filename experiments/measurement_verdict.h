/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measurement_verdict - what the phases of a probe say about its tolerances, for the report.
 */
#ifndef EXPERIMENTS_MEASUREMENT_VERDICT_H
#define EXPERIMENTS_MEASUREMENT_VERDICT_H

#include "experiments/probe_run.h"

/* Fills in the tolerances, the verdict and the intervals of one phase. */
void report_tolerances(const struct probe_run *run, enum phase phase, struct arena *arena,
	struct report_probe_phase *out);

/* Fills in the error budget, from the first lower limit that success has. The burn rate is the
 * share of errors over the share that the objective allows: B. Beyer and others, "The Site
 * Reliability Workbook" (2018), chapter 5, "Alerting on SLOs". */
void report_budget(const struct probe_run *run, struct report_probe *out);

#endif
