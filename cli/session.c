/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "faults/privileges.h"
#include "reports/identity.h"
#include "reports/mem.h"

/* The files of root may be anybody's: experiments are read, reports written. A user who has
 * capabilities by other means has files of their own. */
static uint64_t privileges_of_main(void)
{
	return geteuid() == 0 ? PRIVILEGE(CAP_DAC_OVERRIDE) : 0;
}

static int start_processes(struct session *session, bool change, struct err *err)
{
	pid_t custodian = 0;

	if (change) {
		if (custodian_start(session->protection, &session->custodian, err) < 0)
			return -1;
		custodian = custodian_pid(session->custodian);
	}
	return standby_start(custodian, &session->standby, err);
}

/* What no policy says, while it can still be seen. */
static struct protection *protect(const struct invocation *invocation)
{
	struct protection *protection = xcalloc(1, sizeof(*protection));

	protection_init(protection);
	for (int thing = 0; thing < PROTECTED_COUNT; thing++)
		protection->permitted[thing] =
			invocation_has(invocation, protected_option((enum protected_thing)thing));
	return protection;
}

int session_start(struct session *session, enum session_needs needs,
	const struct invocation *invocation, struct err *err)
{
	memset(session, 0, sizeof(*session));
	if (needs != NEEDS_NOTHING)
		session->protection = protect(invocation);
	if (needs == NEEDS_TO_KEEP)
		return 0;
	if (needs != NEEDS_NOTHING)
		session->has_ssh = ssh_session_find(&session->ssh);
	if ((needs != NEEDS_NOTHING &&
		    (features_detect(&session->features, err) < 0 ||
			    start_processes(session, needs == NEEDS_TO_CHANGE, err) < 0)) ||
		identity_prepare(err) < 0 || privileges_keep(privileges_of_main(), err) < 0) {
		session_end(session);
		return -1;
	}
	return 0;
}

void session_end(struct session *session)
{
	custodian_free(session->custodian);
	standby_free(session->standby);
	free(session->protection);
	memset(session, 0, sizeof(*session));
}
