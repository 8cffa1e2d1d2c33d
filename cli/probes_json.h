/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probes_json - the probe kinds, for programs.
 */
#ifndef CLI_PROBES_JSON_H
#define CLI_PROBES_JSON_H

#include <cjson/cJSON.h>

#include "experiments/probes/kind.h"

/* The keys that a probe of any kind has besides the one that is its kind; only for their names and
 * texts, they are read elsewhere. Ends with a NULL name. */
extern const struct probe_key probe_common_keys[];

/* What a value is, in words, and what it may be, by the JSON Schema of experiments, which is made
 * once for all keys; heap. */
char *probe_key_values(const cJSON *schema, const struct probe_key *key);

/* One kind, or all of them if it is NULL; heap. */
char *probes_json(const struct probe_kind *kind);

#endif
