/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include <string.h>

#include "faults/privileges.h"

/* The user's files may be anybody's: experiments are read, reports written. */
#define PRIVILEGES_OF_MAIN PRIVILEGE(CAP_DAC_OVERRIDE)

static int start_processes(struct session *session, bool change, struct err *err)
{
	pid_t custodian = 0;

	if (change) {
		if (custodian_start(&session->custodian, err) < 0)
			return -1;
		custodian = custodian_pid(session->custodian);
	}
	return standby_start(custodian, &session->standby, err);
}

int session_start(struct session *session, enum session_needs needs, struct err *err)
{
	memset(session, 0, sizeof(*session));
	if (needs == NEEDS_TO_KEEP)
		return 0;
	if ((needs != NEEDS_NOTHING &&
		    (features_detect(&session->features, err) < 0 ||
			    start_processes(session, needs == NEEDS_TO_CHANGE, err) < 0)) ||
		privileges_keep(PRIVILEGES_OF_MAIN, err) < 0) {
		session_end(session);
		return -1;
	}
	return 0;
}

void session_end(struct session *session)
{
	custodian_free(session->custodian);
	standby_free(session->standby);
	memset(session, 0, sizeof(*session));
}
