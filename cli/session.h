/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session - the privileged processes that a verb needs. They are forked before anything is read;
 * then the main process gives its own privileges up.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "experiments/ssh_session.h"
#include "faults/custodian.h"
#include "faults/features.h"
#include "faults/protection.h"
#include "faults/standby.h"
#include "reports/err.h"

enum session_needs {
	NEEDS_NOTHING,	 /* reads files, measures */
	NEEDS_TO_LOOK,	 /* at processes and namespaces of others */
	NEEDS_TO_CHANGE, /* them */
	NEEDS_TO_KEEP,	 /* its privileges, because it does everything by itself */
};

struct invocation;

struct session {
	struct protection *protection; /* heap, the policy is added; NULL: NEEDS_NOTHING */
	struct features features;      /* of this kernel */
	struct ssh_session ssh;	       /* that perturb was started from, if any */
	bool has_ssh;
	struct standby *standby;
	struct custodian *custodian;
};

/* The invocation says what is permitted. On failure nothing is left running. */
int session_start(struct session *session, enum session_needs needs,
	const struct invocation *invocation, struct err *err);
void session_end(struct session *session);

#endif
