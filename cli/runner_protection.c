/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/message.h"
#include "cli/policy_path.h"
#include "cli/runner.h"
#include "experiments/policy.h"
#include "reports/mem.h"

_Static_assert(sizeof(POLICY_FILE) <= sizeof(((struct protection *)0)->policy),
	"the path of the policy is too long");

int runner_protect(const struct invocation *invocation)
{
	const struct session *session = invocation->session;
	cleanup_free struct err_list *errors = xcalloc(1, sizeof(*errors));
	cleanup_free struct protection *policy = xcalloc(1, sizeof(*policy));
	struct err err = {0};

	if (policy_read(POLICY_FILE, policy, errors) < 0) {
		message_errors(errors);
		return -1;
	}
	if (protection_narrow(session->protection, policy, &err) < 0 ||
		(session->custodian != NULL &&
			custodian_protect(session->custodian, policy, &err) < 0)) {
		message_error(&err);
		return -1;
	}
	return 0;
}
