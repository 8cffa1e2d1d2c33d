/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tolerance - what a probe must keep to: "success: >= 99%", "p95: <= 250ms", "p95: <= baseline *
 * 2".
 *
 * One compares one metric with one number. Several of them, and how they hang together, are
 * tolerances (condition.h).
 */
#ifndef EXPERIMENTS_TOLERANCE_H
#define EXPERIMENTS_TOLERANCE_H

#include <stdbool.h>

#include "experiments/comparison.h"
#include "experiments/metric.h"
#include "reports/err.h"
#include "reports/report.h"

/* What a limit is relative to: the same metric … */
enum reference {
	REFERENCE_NONE,
	REFERENCE_BASELINE, /* in the baseline phase of this run */
	REFERENCE_STORED,   /* in the stored report of another */
};

struct tolerance {
	enum metric metric;
	enum comparison comparison;
	double limit;	  /* in the metric's unit; of a relative one: not before it is resolved */
	const char *text; /* as written; borrowed from the experiment's arena */
	bool negated;	  /* the comparison must not be true (below "none") */
	enum reference reference;
	double factor; /* a relative limit is the reference * factor + offset */
	double offset;
	struct loc loc;
	const char *path; /* "any[0]": where it stands among the tolerances; NULL: at the top */
	double stored[PHASE_COUNT]; /* the reference of each phase */
	bool skipped;		    /* it says nothing in this phase */
};

/* Reads "<= 250ms" or ">= 99%" for a metric; ERR_USAGE with the reason. ret->text is text. */
int tolerance_parse(
	enum metric metric, const char *text, struct tolerance *ret_tolerance, struct err *err);

/* Makes a relative limit absolute. A reference that is not a number makes one that nothing keeps.
 */
void tolerance_resolve(struct tolerance *tolerance, double reference);

bool tolerance_holds(const struct tolerance *tolerance, double observed);

/* Does it hold for large figures, or for small ones? Neither when it asks for equality. */
bool tolerance_wants_high(const struct tolerance *tolerance);
bool tolerance_wants_low(const struct tolerance *tolerance);

#endif
