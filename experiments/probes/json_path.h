/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_path - one place in a JSON text: $.orders[0].id, $['odd key'], $.list[-1].
 *
 * The singular queries of RFC 9535: member names and indexes, no wildcards, slices or filters, so
 * that a path names one value or none.
 */
#ifndef EXPERIMENTS_PROBES_JSON_PATH_H
#define EXPERIMENTS_PROBES_JSON_PATH_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "reports/err.h"

struct json_path;

/* ERR_USAGE with the reason and the character's position if text is no such path. */
int json_path_parse(const char *text, struct json_path **ret_path, struct err *err);
void json_path_free(struct json_path *path);

/* The value at path, or NULL; it belongs to root. */
const cJSON *json_path_find(const struct json_path *path, const cJSON *root);

/* Is value equal to expected, read as JSON (42, "text", {"a": 1}) or, for a string, as it stands?
 * Numbers compare as numbers, objects without regard to the order of their members. */
bool json_value_equals(const cJSON *value, const char *expected);

#endif
