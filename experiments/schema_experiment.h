/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_experiment - the JSON Schema (draft-07) of an experiment file, for editors and CI.
 *
 * It accepts what perturb accepts, and refuses unknown keys, missing keys and values of a wrong
 * form. What needs more than one place to judge (names of targets, sums of times) it lets pass.
 */
#ifndef EXPERIMENTS_SCHEMA_EXPERIMENT_H
#define EXPERIMENTS_SCHEMA_EXPERIMENT_H

#include <cjson/cJSON.h>

/* Made from the kind table and the metrics; the caller deletes it. NULL: no memory. */
cJSON *experiment_schema(void);

#endif
