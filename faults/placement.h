/* SPDX-License-Identifier: Apache-2.0 */
/*
 * placement - where a network fault is put, and so which type of operation carries it out.
 *
 * The root of an interface is the simplest place and the fastest, but it has all that is sent,
 * once, and only if nobody has configured a queueing discipline there. Anything else is redirected.
 */
#ifndef FAULTS_PLACEMENT_H
#define FAULTS_PLACEMENT_H

#include <stdbool.h>

#include "faults/aim.h"
#include "faults/features.h"
#include "faults/kind.h"
#include "faults/operation.h"
#include "reports/err.h"

struct placement {
	enum engine engine; /* as asked for */
	bool bandwidth;	    /* needs the token bucket, not netem */
	enum direction direction;
	bool aimed;    /* means some packets only */
	bool segment;  /* packets are to be cut to size first */
	bool filtered; /* somebody has filters there, which a packet that comes from an ifb skips */
	bool shared;   /* the root is taken: by somebody's queueing discipline, or another fault */
};

/* ERR_UNAVAILABLE when this kernel cannot; says what is missing. */
int placement_choose(const struct placement *placement, const struct features *features,
	enum operation_type *ret_type, struct err *err);

#endif
