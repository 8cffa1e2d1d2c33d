/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aim_node - the keys of a network fault that say which packets it is meant for.
 */
#ifndef EXPERIMENTS_AIM_NODE_H
#define EXPERIMENTS_AIM_NODE_H

#include <stdbool.h>

#include "experiments/decode.h"
#include "experiments/experiment.h"

/* One key: it is also an option of inject, whose argument is named so. */
struct aim_key {
	const char *name;
	const char *argument;
	bool many; /* also a list; the option may be repeated */
	const char *help;
};

/* Ends with a NULL name. */
extern const struct aim_key aim_keys[];
bool aim_has_key(const char *name);

/* Reads those of the fault's mapping: into params, as far as no address must be looked up, and
 * into aim; appends what was given to the list of parameters. To be called when the direction is
 * read, which it completes: only "to" means what leaves, only "from" what arrives, both mean both.
 */
void aim_read(struct decode *decode, const struct node *mapping,
	const struct experiment *experiment, struct fault *fault);

#endif
