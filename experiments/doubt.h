/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doubt - which tolerances of a run were kept by samples that are too small to say so.
 */
#ifndef EXPERIMENTS_DOUBT_H
#define EXPERIMENTS_DOUBT_H

#include "reports/report.h"

struct doubt {
	bool matters; /* what a probe keeps to, as a whole, is inconclusive in a phase that counts
		       */
	size_t inconclusive;
	size_t total;
	/* The one that would take the most samples; NULL: none is inconclusive. */
	const struct report_probe *probe;
	const struct report_tolerance *tolerance;
};

/* The phases that count are that of the faults and the recovery; where only the steady state was
 * measured, the baseline. */
struct doubt doubt_find(const struct report *report, bool probe_only);

/* "2 of 6 tolerances are inconclusive: 'gateway answers' success >= 99% would take 381 requests,
 * there were 100". */
void doubt_format(const struct doubt *doubt, char *buffer, size_t size);

#endif
