/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_spare - exceptions for what perturb itself, and whoever started it, needs.
 */
#ifndef EXPERIMENTS_PLAN_SPARE_H
#define EXPERIMENTS_PLAN_SPARE_H

#include "experiments/experiment.h"
#include "experiments/ssh_session.h"

/* ERR_USAGE when there is no room. */
int plan_add_exception(struct aim *aim, const struct aim_exception *exception, struct err *err);

/* Whether the target is the server, or only passes the session on. */
int plan_spare_ssh(const struct ssh_session *session, struct aim *aim, struct err *err);

/* Whether the target is the server that the probe asks, or passes its requests on. Behind a
 * translation of addresses it is not recognised. The host name is resolved before the deadline. */
int plan_spare_probe(
	const struct probe *probe, int64_t deadline_ns, struct aim *aim, struct err *err);

#endif
