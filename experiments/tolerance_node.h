/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tolerance_node - reads tolerances from a document: "tolerate", "during", the condition of a
 * guard.
 */
#ifndef EXPERIMENTS_TOLERANCE_NODE_H
#define EXPERIMENTS_TOLERANCE_NODE_H

#include "experiments/condition.h"
#include "experiments/decode.h"

/* The comparison that a metric must keep to; false after adding an error. */
bool tolerance_read(struct decode *decode, const struct node *node, enum metric metric,
	struct tolerance *ret_tolerance);
/* Adds the error for a key that is no metric. */
void metric_reject(struct decode *decode, const struct node *key);

/* What "tolerate" and "during" hold; in the decoder's arena. */
struct tolerance_set {
	struct tolerance *items;
	size_t count;
	struct condition *root; /* NULL: there is nothing, after an error */
};

/* A mapping of metrics, each with a comparison or a list of them, and of "all", "any" and "none",
 * each with a list of such mappings. */
struct tolerance_set tolerances_read(
	struct decode *decode, const struct node *node, const char *name);

#endif
