/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPERIMENTS_SCHEMA_EXPERIMENT_H
#define EXPERIMENTS_SCHEMA_EXPERIMENT_H

#include <cjson/cJSON.h>

/* The JSON Schema (draft-07) of an experiment file, for editors; made from the kind table. The
 * caller deletes it. It accepts what perturb accepts, except that texts are not taken apart. */
cJSON *experiment_schema(void);

#endif
