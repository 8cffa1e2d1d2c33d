/* SPDX-License-Identifier: Apache-2.0 */
/*
 * experiment_parts - the readers of the top-level keys, one file each. All write into the struct
 * experiment that ret_value points to. The method refers to targets and the guards to probes, so
 * those must be read before.
 */
#ifndef EXPERIMENTS_EXPERIMENT_PARTS_H
#define EXPERIMENTS_EXPERIMENT_PARTS_H

#include "experiments/decode.h"
#include "experiments/experiment.h"

#define EXPERIMENT_BASELINE_DEFAULT_NS INT64_C(5000000000)
#define EXPERIMENT_RECOVERY_DEFAULT_NS INT64_C(10000000000)
/* Each is looked for in every text that is shown. */
#define SECRETS_MAX 64

#define STEP_MAX_NS		  INT64_C(86400000000000)
#define GUARD_OVER_MIN_NS	  INT64_C(100000000)
#define GUARD_OVER_MAX_NS	  INT64_C(600000000000)
#define PROBE_RATE_DEFAULT	  10.0	   /* per second */
#define PROBE_RATE_MAX		  100000.0 /* per second */
#define PROBE_CONCURRENCY_DEFAULT 1000
#define PROBE_CONCURRENCY_CLOSED  10 /* by default in a closed loop */
#define PROBE_CONCURRENCY_MAX	  10000

decode_reader experiment_read_variables;
decode_reader experiment_read_targets;
decode_reader experiment_read_probes;
decode_reader experiment_read_load; /* after the probes */
decode_reader experiment_read_method;
decode_reader experiment_read_guards;

/* Is every --set the name of a variable? */
void experiment_check_settings(struct decode *decode, const char *file);

/* The kind-specific part of a target: "container", "netns", "process". */
decode_reader selector_read_container;
decode_reader selector_read_netns;
decode_reader selector_read_process;

/* The version of the format, which is one for all. */
decode_reader version_read;

/* One pattern of what is protected or may be targeted, for protection.h. */
decode_reader rule_pattern_read;

/* "limits" into a struct limits. */
decode_reader limits_read;

/* "all", "2" or "50%" into a struct pick. */
decode_reader pick_read;

/* Finds what tolerances compare with in the report that "compare_with" names. */
void experiment_read_stored(
	struct decode *decode, const struct node *root, struct experiment *experiment);

#endif
