/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPERIMENTS_PROBES_HTTP_WIRE_H
#define EXPERIMENTS_PROBES_HTTP_WIRE_H

#include "experiments/probes/kind.h"

/* How the requests of an "http" probe are made when http_by_wire says so: nothing but its functions
 * is set. */
extern const struct probe_kind http_wire;

#endif
